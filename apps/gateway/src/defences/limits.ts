import { accountName } from "../account-name.js";
import { GatewayError } from "../error.js";
import type { LimitCounts, Window } from "../limits/counts.js";
import { bitsDeclared, bitsShown } from "../limits/information.js";
import { concerns, counterOf, type LimitRule } from "../limits/rules.js";
import type { Observations } from "../ops/observations.js";
import type { Asked, Defence, ServedModel } from "./defence.js";
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
 * model. A request that one limit refuses is counted by none. Without the counts nobody is answered.
 */
export function limitsDefence({ rules, counts, policy, observations = null }: LimitsOptions): Defence {
  return {
    name: "limits",
    async admit(asked) {
      const here = rules.filter((rule) => concerns(rule, asked.model.name));
      const refuse = (limit: LimitRule, retryAfter: number | null): Refusal => {
        observations?.limited({ account: accountName(asked), model: asked.model.name, limit, retryAfter });
        return refusal(limit, retryAfter);
      };
      try {
        await takeAll(here, asked, { counts, policy, refuse });
      } catch (error) {
        if (!(error instanceof GatewayError)) throw error;
        throw new Refusal(503, "LIMITS_UNREACHABLE", "the gateway cannot count requests now", {
          retryAfter: UNREACHABLE_RETRY,
          cause: error,
        });
      }
    },
  };
}

/** Rates first: they can be given back. What was shown is charged last, once nothing else stands against it. */
async function takeAll(
  rules: readonly LimitRule[],
  asked: Asked,
  {
    counts,
    policy,
    refuse,
  }: Pick<LimitsOptions, "counts" | "policy"> & {
    readonly refuse: (rule: LimitRule, retryAfter: number | null) => Refusal;
  },
): Promise<void> {
  const taken: { readonly window: Window; readonly points: number }[] = [];
  try {
    for (const rule of rules.filter(({ count }) => count !== "bits")) {
      const window = windowOf(rule, asked);
      const points = rule.count === "rows" ? asked.rows : 1;
      const { allowed, retryAfter } = await counts.rates.take(window, points);
      if (!allowed) throw refuse(rule, retryAfter);
      taken.push({ window, points });
    }
    const budgets = rules.filter(({ count }) => count === "bits");
    if (budgets.length === 0) return;
    const windows = budgets.map((rule) => windowOf(rule, asked));
    const bits = bitsPerRow(asked.model, policy);
    const spent = await counts.shown.charge(windows, queriesOf(asked), bits, asked.time);
    const rule = spent === null ? undefined : budgets[windows.indexOf(spent.window)];
    if (spent !== null && rule !== undefined) throw refuse(rule, spent.retryAfter);
  } catch (error) {
    for (const { window, points } of taken) await counts.rates.giveBack(window, points);
    throw error;
  }
}

function windowOf(rule: LimitRule, { account, address, model }: Asked): Window {
  const counter = counterOf(rule, { account, address, model: model.name });
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
