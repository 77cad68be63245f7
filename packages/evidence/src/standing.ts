import type { RegistrationFile } from "./formats.js";

/**
 * Why nothing under this registration can be `anchored`, in the order in which it matters. Timestamps and beacon that
 * it demands have been verified, or there is no conclusion to give a standing to.
 *
 * @param level at which a verdict is given; the registered one unless told
 */
export function standingReasons(registration: RegistrationFile, level?: number): string[] {
  const { anchor } = registration;
  const reasons: string[] = [];
  if (anchor === undefined || anchor.timestamps.length === 0)
    reasons.push("the registration has no outside timestamp");
  else if (anchor.roots.length === 0)
    reasons.push("no root of trust was registered for the timestamp, so that anybody may have made it");
  if (anchor?.beacon == null) reasons.push("no public beacon salted the carrier");
  reasons.push("no plan was committed before the first query");
  if (registration.calibration.random) reasons.push("the calibration data were random");
  const registered = registration.parameters.level;
  if (level !== undefined && level !== registered)
    reasons.push(`the level is ${level}, not the registered ${registered}`);
  return reasons;
}

/**
 * Whether a beacon has closed grinding: the commitment was dated by others before the round that salts its carrier, so
 * that no key, reference or registration can have been chosen by what the carrier turned out to be.
 */
export function isSalted({ anchor }: RegistrationFile): boolean {
  return (
    anchor !== undefined && anchor.timestamps.length > 0 && anchor.roots.length > 0 && anchor.beacon !== null
  );
}
