import type { Observed } from "../ops/observations.js";
import { explainFlag } from "./explain.js";
import type { AlertView, LimitHitView, SuspicionView } from "./views.js";

/** Suspicion of an account over time; one that was never seen has no points. */
export function suspicionView(
  { since, history }: Pick<Observed, "since" | "history">,
  account: string,
  now: Date,
): SuspicionView {
  return {
    account,
    since: rfc3339(since),
    now: now.toISOString(),
    points: history(account).map(({ time, suspicion }) => ({ time: rfc3339(time), suspicion })),
  };
}

/** Newest first. */
export function alertViews({ alerts }: Pick<Observed, "alerts">): AlertView[] {
  return alerts()
    .toReversed()
    .map(({ time, account, model, reason, score, seen, pool }) => ({
      time: rfc3339(time),
      account,
      model,
      reason,
      explanation: explainFlag(reason, pool),
      score,
      seen,
      pool,
    }));
}

/** Newest first. */
export function limitHitViews({ limitHits }: Pick<Observed, "limitHits">): LimitHitView[] {
  return limitHits()
    .toReversed()
    .map(({ time, account, model, limit: { per, count, most, seconds }, retryAfter }) => ({
      time: rfc3339(time),
      account,
      model,
      per,
      count,
      most,
      seconds,
      retryAfter,
    }));
}

function rfc3339(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
