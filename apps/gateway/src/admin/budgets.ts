import type { Account } from "../defences/defence.js";
import type { ShownCounts, Window } from "../limits/counts.js";
import { counterOf, type LimitRule } from "../limits/rules.js";
import type { BudgetView } from "./views.js";

/** Budgets on distinct information, and where they are counted. */
export interface BudgetOptions {
  readonly rules: readonly LimitRule[];
  readonly shown: Pick<ShownCounts, "charged">;
  /** Names of the models that are served. */
  readonly models: readonly string[];
}

/** An account with one `key` for each of its lineages; none for an account without keys. */
export interface Holder {
  readonly account: Account;
  readonly lineages: readonly string[];
}

/**
 * What is left of the budgets that accounts draw on. Budgets per address range belong to no account and are left out.
 *
 * @returns budgets by account
 * @throws GatewayError LIMITS_UNREACHABLE
 */
export async function budgetsOf(
  holders: readonly Holder[],
  { rules, shown, models }: BudgetOptions,
  now: Date,
): Promise<ReadonlyMap<string, readonly BudgetView[]>> {
  const budgets = rules.filter(({ count, per }) => count === "bits" && per !== "range");
  const asked = holders.flatMap((holder) =>
    budgets.flatMap((rule) => windowsOf(rule, holder, models).map((each) => ({ holder, rule, ...each }))),
  );
  const charged = await shown.charged(
    asked.map(({ window }) => window),
    now,
  );
  const views = new Map<string, BudgetView[]>();
  for (const [i, { holder, rule, model }] of asked.entries()) {
    const spent = charged[i] ?? 0;
    const { per, seconds, most } = rule;
    const view = { per, model, seconds, most, spent, left: Math.max(0, most - spent) };
    const own = views.get(holder.account.id) ?? [];
    views.set(holder.account.id, own);
    own.push(view);
  }
  return views;
}

function windowsOf(
  rule: LimitRule,
  { account, lineages }: Holder,
  served: readonly string[],
): { readonly window: Window; readonly model: string | null }[] {
  const { most, seconds } = rule;
  const models = rule.model === "*" ? served : [rule.model];
  const accounts: Account[] =
    rule.per === "key" && lineages.length > 0 ? lineages.map((key) => ({ ...account, key })) : [account];
  return models.flatMap((model) =>
    accounts.map((each) => {
      const counter = counterOf(rule, { account: each, address: null, model: model ?? "" });
      return { model, window: { counter, most, seconds } };
    }),
  );
}
