import { isDeepStrictEqual } from "node:util";
import { CoreError } from "@indicia/core/error";
import type { PlanFollowed } from "@indicia/evidence/observation-format";
import { PROBE_ORDERS, type ProbeOrder } from "@indicia/evidence/probe-rule";
import { DEFAULT_BUDGET, DEFAULT_RATE } from "./defaults.js";
import type { Following } from "./follow-plan.js";
import type { Suspect } from "./options.js";

/** What a command says of how much is asked, and of what. */
interface TermsGiven {
  readonly suspect: Suspect;
  readonly budget: number | null;
  readonly probes: ProbeOrder | null;
  readonly following: Following | null;
}

/** Note of a transcript that says how much may be asked, and how fast. */
export const TERMS_NOTE = "terms";

export interface Terms {
  readonly budget: number;
  /** Requests per second. */
  readonly rate: number;
  /** Which probes are asked, where somebody said so. */
  readonly probes?: ProbeOrder;
  /** The plan that is followed, where there is one. */
  readonly plan?: PlanFollowed;
}

/**
 * What a flag says, else what the interrupted observation was begun with, else the default.
 *
 * @throws CoreError FOLDER_INVALID where other probes, or more or fewer of them, are to be asked than before: looks may
 *   have been taken on those, and on a boundary the budget decides which they are
 */
export function termsOf(observing: TermsGiven, noted: readonly unknown[]): Terms {
  const { budget, probes, suspect, following } = observing;
  const begun = noted.at(-1);
  if (
    begun !== undefined &&
    !isDeepStrictEqual(property(begun, "plan") ?? null, following?.followed ?? null)
  ) {
    throw new CoreError(
      "FOLDER_INVALID",
      "the observation was begun under another plan, or under none",
      "Go on with the plan, and the fresh probes, that it was begun with.",
    );
  }
  const order = probes ?? notedOrder(begun);
  if (begun !== undefined && (order ?? "auto") !== (notedOrder(begun) ?? "auto")) {
    throw new CoreError(
      "FOLDER_INVALID",
      "the observation was begun with another choice of probes",
      "Go on without --probes.",
    );
  }
  const limit = budgetOf(noted);
  if (limit !== null && budget !== null && budget !== limit) {
    throw new CoreError(
      "FOLDER_INVALID",
      `the observation was begun with a budget of ${limit}`,
      "Go on without --budget.",
    );
  }
  const rate = suspect.kind === "endpoint" ? suspect.rate : null;
  return {
    budget: budget ?? limit ?? DEFAULT_BUDGET,
    rate: rate ?? positive(begun, "rate") ?? DEFAULT_RATE,
    ...(order === null ? {} : { probes: order }),
    ...(following === null ? {} : { plan: following.followed }),
  };
}

/** The budget that was noted, or null. */
export function budgetOf(noted: readonly unknown[]): number | null {
  return positive(noted.at(-1), "budget");
}

function notedOrder(noted: unknown): ProbeOrder | null {
  const named = property(noted, "probes");
  return PROBE_ORDERS.find((order) => order === named) ?? null;
}

function positive(noted: unknown, name: keyof Terms): number | null {
  const value = property(noted, name);
  return typeof value === "number" && value > 0 ? value : null;
}

function property(noted: unknown, name: keyof Terms): unknown {
  if (typeof noted !== "object" || noted === null) return null;
  return Object.entries(noted).find(([key]) => key === name)?.[1];
}
