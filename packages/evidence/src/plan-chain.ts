import { property } from "./line-body.js";
import type { ChainLine } from "./chain.js";
import { altered, EvidenceError } from "./error.js";
import type { ObservationFile } from "./observation-format.js";
import { begunAs, isLineOf, observationPlaces } from "./observation-places.js";
import type { OpenedPlan } from "./open-plan.js";
import { PLAN_LINE } from "./plan.js";

/**
 * That a registration's chain counts a plan where the plan says, with these very timestamps. Since the plan holds the hash of
 * the line before it, whoever dated the plan dated all of the chain up to there.
 *
 * @returns index of its line
 * @throws EvidenceError PLAN_UNCOUNTED
 */
export function requirePlanEntered(lines: readonly ChainLine[], opened: OpenedPlan): number {
  const { chain } = opened.plan.file;
  const line = lines[chain.entries];
  const before = lines[chain.entries - 1];
  const entered =
    line?.type === PLAN_LINE &&
    before?.hash === chain.head &&
    property(line.body, "sha256") === opened.plan.sha256 &&
    String(property(line.body, "timestamps")) === opened.tokens.join();
  if (entered) return chain.entries;
  throw altered(
    "PLAN_UNCOUNTED",
    "the registration's chain does not hold this plan, with these timestamps, where the plan says",
  );
}

/**
 * That the plan stands before everything that the chain says of its observation, and that fresh probes are fresh of an
 * observation that was counted.
 *
 * @throws EvidenceError PLAN_UNCOUNTED, PLAN_LATE, PLAN_FRESH
 */
export function requirePlanFirst(
  lines: readonly ChainLine[],
  opened: OpenedPlan,
  observation: { readonly file: ObservationFile; readonly seal: string },
): void {
  const entered = requirePlanEntered(lines, opened);
  const { file, seal } = observation;
  if (lines.slice(0, entered).some((line) => isLineOf(line, begunAs(file), seal)))
    throw altered("PLAN_LATE", "the chain speaks of the observation before it speaks of its plan");
  const { draw = 0, fresh = null } = file.plan ?? {};
  if (fresh === null) return;
  const places = observationPlaces(lines).filter(({ plan }) => plan === opened.plan.sha256);
  const sealed = places.flatMap((place) => (place.seal === null ? [] : [place.seal]));
  const before = sealed.includes(seal) ? sealed.slice(0, sealed.indexOf(seal)) : sealed;
  if (before.length >= draw && before.includes(fresh)) return;
  throw new EvidenceError(
    "PLAN_FRESH",
    `the chain does not count the observation ${fresh.slice(0, 16)}, whose rows this one leaves out, before it`,
    "Conclude that one first, then this one.",
  );
}
