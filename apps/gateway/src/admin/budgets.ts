import type { Account } from "../defences/defence.js";
import type { RateCounts, ShownCounts, Window } from "../limits/counts.js";
import { counterOf, type LimitRule } from "../limits/rules.js";
import type { BudgetView } from "./views.js";

/** Limits, and where they are counted. */
export interface BudgetOptions {
  readonly rules: readonly LimitRule[];
  readonly shown: Pick<ShownCounts, "charged">;
  readonly rates: Pick<RateCounts, "taken">;
  /** Names of the models that are served. */
  readonly models: readonly string[];
}

/** An account with one `key` for each of its lineages; none for an account without keys. */
export interface Holder {
  readonly account: Account;
  readonly lineages: readonly string[];
}

/**
 * What is left of the limits that accounts draw on. Those per address range belong to no account and are left out.
 *
 * @returns budgets by account
 * @throws GatewayError LIMITS_UNREACHABLE
 */
export async function budgetsOf(
  holders: readonly Holder[],
  { rules, shown, rates, models }: BudgetOptions,
  now: Date,
): Promise<ReadonlyMap<string, readonly BudgetView[]>> {
  const budgets = rules.filter(({ per }) => per !== "range");
  const asked = holders.flatMap((holder) =>
    budgets.flatMap((rule) => windowsOf(rule, holder, models).map((each) => ({ holder, rule, ...each }))),
  );
  const windows = (wanted: boolean): Window[] =>
    asked.filter(({ rule }) => (rule.count === "bits") === wanted).map(({ window }) => window);
  const charged = [...(await shown.charged(windows(true), now))];
  const taken = [...(await rates.taken(windows(false)))];
  const views = new Map<string, BudgetView[]>();
  for (const { holder, rule, model } of asked) {
    const { per, count, seconds, most } = rule;
    const spent = (count === "bits" ? charged.shift() : taken.shift()) ?? 0;
    const view = { per, count, model, seconds, most, spent, left: Math.max(0, most - spent) };
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
