import type { RegistrationFile } from "./formats.js";

/**
 * Why nothing under this registration can be `anchored`, in the order in which it matters.
 *
 * @param level at which a verdict is given; the registered one unless told
 */
export function standingReasons(registration: RegistrationFile, level?: number): string[] {
  const reasons = [
    "the registration has no outside timestamp",
    "no public beacon salted the carrier",
    "no plan was committed before the first query",
  ];
  if (registration.calibration.random) reasons.push("the calibration data were random");
  const registered = registration.parameters.level;
  if (level !== undefined && level !== registered)
    reasons.push(`the level is ${level}, not the registered ${registered}`);
  return reasons;
}
