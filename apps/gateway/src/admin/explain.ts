import type { Reason } from "@indicia/defence/monitor/calibration";

/** What each score of the monitor notices, for those who decide what to do about it. */
const SCORES: Readonly<Record<Reason, string>> = {
  prada: "The distances between its queries are not spread as those of honest queries are: they look made.",
  coverage: "Its queries cover more of what the model tells apart than honest ones do.",
  boundary: "It asks unusually often where the model is undecided.",
  drift: "Its queries come from another distribution than honest ones.",
  outside: "Many of its queries lie outside everything that honest accounts ask.",
  texture:
    "Its inputs are rougher or smoother than honest ones of the same class: they look made or altered.",
  together:
    "No score is too large by itself, but all of them together are larger than those of honest accounts.",
  volume: "It asks more within an hour than honest accounts were said to.",
};

/** Why an account was flagged, in words. @param pool accounts together with which it was noticed, or null */
export function explainFlag(reason: Reason, pool: readonly string[] | null): string {
  const why = SCORES[reason];
  return pool === null || pool.length < 2
    ? why
    : `${why} Noticed over ${pool.length} accounts that behave alike.`;
}
