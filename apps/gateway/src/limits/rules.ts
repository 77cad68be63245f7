import { createHash } from "node:crypto";
import type { Account } from "../defences/defence.js";
import { rangeOf } from "../access/networks.js";

/** Whose requests are counted together. */
export type LimitPer = "key" | "account" | "organisation" | "range" | "everyone";

/** One limit. */
export interface LimitRule {
  readonly per: LimitPer;
  /** `null` counts over all models, `*` for each model by itself, otherwise for that one. */
  readonly model: string | null;
  /** `bits` counts what was shown of a model, and each distinct query once. */
  readonly count: "requests" | "rows" | "bits";
  readonly most: number;
  /** Length of the window; null (for bits only) for ever. */
  readonly seconds: number | null;
}

/** Longest name of a subject that is stored as it is; longer ones are stored as their hash. */
const MAX_SUBJECT = 120;

/** Whether a rule is about requests for a model. */
export function concerns({ model }: LimitRule, name: string): boolean {
  return model === null || model === "*" || model === name;
}

/**
 * Under which name a rule counts a request: the rule itself, the model and the subject, so that instances with the same
 * rules share their counts, and a changed rule begins anew.
 *
 * Who has no key, or no organisation, counts by his account; who has no account, with all others that have none.
 */
export function counterOf(
  rule: LimitRule,
  {
    account,
    address,
    model,
  }: { readonly account: Account | null; readonly address: string | null; readonly model: string },
): string {
  const { per, count, seconds } = rule;
  const where = rule.model === null ? "" : model;
  return [per, count, seconds ?? "ever", where, short(subjectOf(per, account, address))].join("|");
}

function subjectOf(per: LimitPer, account: Account | null, address: string | null): string {
  switch (per) {
    case "everyone":
      return "";
    case "range":
      return (address === null ? null : rangeOf(address)) ?? "unknown";
    case "key":
      return account === null
        ? ""
        : account.key === undefined
          ? `account ${account.id}`
          : `key ${account.key}`;
    case "account":
      return account === null ? "" : account.id;
    case "organisation":
      if (account === null) return "";
      return account.organisation === null ? `account ${account.id}` : `organisation ${account.organisation}`;
  }
}

function short(subject: string): string {
  if (subject.length <= MAX_SUBJECT) return subject;
  return `sha256 ${createHash("sha256").update(subject).digest("hex")}`;
}
