import { accountName } from "../account-name.js";
import { GatewayError } from "../error.js";
import type { LimitCounts, Window } from "../limits/counts.js";
import { bitsDeclared, bitsShown } from "../limits/information.js";
import { concerns, counterOf, type LimitRule } from "../limits/rules.js";
import type { Observations } from "../ops/observations.js";
import type { Asked, Caller, Defence, ServedModel } from "./defence.js";
import type { OutputPolicy } from "./output-policy.js";
import { queriesOf } from "../queries.js";
import { Refusal } from "./refusal.js";

export interface LimitsOptions {
  readonly rules: readonly LimitRule[];
  readonly counts: LimitCounts;
  /** What the model's clients are shown, by which its answers are weighed. */
  readonly policy: OutputPolicy;
  /** Told of every request that a limit turns away. */
  readonly observations?: Observations | null;
}

/** Seconds after which to try again where the counts are out of reach. */
const UNREACHABLE_RETRY = 5;

/**
 * Turns requests away that would go beyond a limit: of requests, of rows, or of what an account has been shown of the
 * model. A request that one limit refuses is counted by none. A copy of the model that is handed out is one request, of no
 * rows. Without the counts nobody is answered.
 */
export function limitsDefence({ rules, counts, policy, observations = null }: LimitsOptions): Defence {
  const held = async (
    caller: Pick<Caller, "account" | "address">,
    model: string,
    ask: Ask,
  ): Promise<void> => {
    const refuse: Refuse = (limit, retryAfter) => {
      observations?.limited({ account: accountName(caller), model, limit, retryAfter });
      return refusal(limit, retryAfter);
    };
    try {
      await ask(
        rules.filter((rule) => concerns(rule, model)),
        refuse,
      );
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      throw new Refusal(503, "LIMITS_UNREACHABLE", "the gateway cannot count requests now", {
        retryAfter: UNREACHABLE_RETRY,
        cause: error,
      });
    }
  };
  return {
    name: "limits",
    admit: (asked) =>
      held(asked, asked.model.name, async (here, refuse) => {
        await takeAll(here, asked, { counts, policy, refuse });
      }),
    handOut: (caller) =>
      held(caller, caller.modelName ?? "", async (here, refuse) => {
        const counted = here.filter(({ count }) => count === "requests");
        await takeRates(counted, (rule) => [windowOf(rule, caller, caller.modelName ?? ""), 1], {
          counts,
          refuse,
        });
      }),
  };
}

type Refuse = (rule: LimitRule, retryAfter: number | null) => Refusal;
type Ask = (rules: readonly LimitRule[], refuse: Refuse) => Promise<void>;
/** A window, and how many points are taken of it. */
type Share = readonly [window: Window, points: number];

/** Rates first: they can be given back. What was shown is charged last, once nothing else stands against it. */
async function takeAll(
  rules: readonly LimitRule[],
  asked: Asked,
  { counts, policy, refuse }: Pick<LimitsOptions, "counts" | "policy"> & { readonly refuse: Refuse },
): Promise<void> {
  const window = (rule: LimitRule): Window => windowOf(rule, asked, asked.model.name);
  const rates = rules.filter(({ count }) => count !== "bits");
  const share = (rule: LimitRule): Share => [window(rule), rule.count === "rows" ? asked.rows : 1];
  await takeRates(rates, share, {
    counts,
    refuse,
    also: async () => {
      const budgets = rules.filter(({ count }) => count === "bits");
      if (budgets.length === 0) return;
      const windows = budgets.map(window);
      const bits = bitsPerRow(asked.model, policy);
      const spent = await counts.shown.charge(windows, queriesOf(asked), bits, asked.time);
      const rule = spent === null ? undefined : budgets[windows.indexOf(spent.window)];
      if (spent !== null && rule !== undefined) throw refuse(rule, spent.retryAfter);
    },
  });
}

/** Take of every rate, and of what there is also; where anything refuses, nothing was taken. */
async function takeRates(
  rules: readonly LimitRule[],
  share: (rule: LimitRule) => Share,
  {
    counts,
    refuse,
    also,
  }: Pick<LimitsOptions, "counts"> & { readonly refuse: Refuse; readonly also?: () => Promise<void> },
): Promise<void> {
  const taken: Share[] = [];
  try {
    for (const rule of rules) {
      const [window, points] = share(rule);
      const { allowed, retryAfter } = await counts.rates.take(window, points);
      if (!allowed) throw refuse(rule, retryAfter);
      taken.push([window, points]);
    }
    await also?.();
  } catch (error) {
    for (const [window, points] of taken) await counts.rates.giveBack(window, points);
    throw error;
  }
}

function windowOf(
  rule: LimitRule,
  { account, address }: Pick<Caller, "account" | "address">,
  model: string,
): Window {
  const counter = counterOf(rule, { account, address, model });
  return { counter, most: rule.most, seconds: rule.seconds };
}

function bitsPerRow({ scores, outputs }: ServedModel, policy: OutputPolicy): number {
  if (scores === null) return bitsDeclared(policy, outputs);
  const { classes, tail } = scores;
  return bitsShown(policy, {
    classes,
    scale: tail === "softmax" || tail === "sigmoid" ? "probabilities" : "logits",
  });
}

const COUNTED: Readonly<Record<LimitRule["count"], string>> = {
  requests: "requests",
  rows: "rows",
  bits: "distinct information",
};

/** What the client is told: which limit, and when there is room again. */
function refusal({ per, count, most, seconds, model }: LimitRule, retryAfter: number | null): Refusal {
  const length = seconds === null ? "in all" : `in ${seconds} s`;
  const unit = count === "bits" ? " bits" : "";
  const never = retryAfter === null ? neverFits(count, seconds) : "";
  return new Refusal(
    429,
    count === "bits" ? "INFORMATION_SPENT" : "RATE_LIMITED",
    `the limit of ${COUNTED[count]} per ${per} (${most}${unit} ${length}) is reached${never}`,
    { retryAfter, details: { limit: { per, count, most, seconds, model } } },
  );
}

/** Why waiting does not help. */
function neverFits(count: LimitRule["count"], seconds: number | null): string {
  if (count !== "bits" || seconds !== null)
    return "; this request alone goes beyond it: send fewer rows at once";
  return "; this request alone, or what came before it, leaves no room ever: fewer rows at once may still fit";
}
