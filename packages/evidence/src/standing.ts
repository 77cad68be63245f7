import { BEACON_DELAY } from "./beacon.js";
import type { RegistrationFile } from "./registration-format.js";
import type { PlanFile } from "./plan.js";

/** What a standing depends on beside the registration. */
export interface Circumstances {
  /** At which a verdict is given; the planned or registered one unless told. */
  readonly level?: number;
  /** The plan that was followed; null or absent where there was none. */
  readonly plan?: PlanFile | null;
}

/**
 * Why a finding is not `anchored`, in the order in which it matters; where nothing is left, it is. Timestamps and rounds
 * that registration and plan demand have been verified, or there is no conclusion to give a standing to.
 */
export function standingReasons(
  registration: RegistrationFile,
  { level, plan = null }: Circumstances = {},
): string[] {
  const { anchor } = registration;
  const reasons: string[] = [];
  if (anchor === undefined || anchor.timestamps.length === 0)
    reasons.push("the registration has no outside timestamp");
  else if (anchor.roots.length === 0)
    reasons.push("no root of trust was registered for the timestamp, so that anybody may have made it");
  if (anchor?.beacon == null) reasons.push("no public beacon salted the carrier");
  else if (anchor.beacon.delay < BEACON_DELAY)
    reasons.push("the beacon that salted the carrier came less than an hour after the timestamp");
  if (plan === null) reasons.push("no plan was committed before the first query");
  else reasons.push(...planReasons(plan));
  if (registration.calibration.random) reasons.push("the calibration data were random");
  const due = plan?.level ?? registration.parameters.level;
  if (level !== undefined && level !== due)
    reasons.push(`the level is ${level}, not the ${plan === null ? "registered" : "planned"} ${due}`);
  return reasons;
}

/** An open file is asked nothing, so that nothing has to be drawn. */
function planReasons({ anchor, asking }: PlanFile): string[] {
  const reasons: string[] = [];
  if (anchor === undefined || anchor.timestamps.length === 0)
    reasons.push("the plan has no outside timestamp");
  else if (anchor.roots.length === 0)
    reasons.push("no root of trust was planned for the plan's timestamp, so that anybody may have made it");
  if (asking !== null && anchor?.beacon == null) reasons.push("no public beacon drew the probes");
  return reasons;
}

/**
 * Whether a beacon has closed grinding: the commitment was dated by others before the round that salts its carrier, so
 * that no key, reference or registration can have been chosen by what the carrier turned out to be.
 */
export function isSalted({ anchor }: RegistrationFile): boolean {
  if (anchor === undefined || anchor.beacon === null) return false;
  return anchor.timestamps.length > 0 && anchor.roots.length > 0 && anchor.beacon.delay >= BEACON_DELAY;
}
