import { flag, type Flags, optionalText, usage } from "./flags.js";

/**
 * A day or a time as an option has it.
 *
 * @param day whether a day, in UTC, stands for its beginning or its end
 * @returns ISO 8601, or null where it is left out
 * @throws CliError USAGE
 */
export function moment(flags: Flags, name: string, day: "begin" | "end"): string | null {
  const given = optionalText(flags, name);
  if (given === null) return null;
  const clock = day === "begin" ? "00:00:00.000Z" : "23:59:59.999Z";
  const whole = /^\d{4}-\d\d-\d\d$/.test(given) ? `${given}T${clock}` : given;
  const time = /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/.test(whole)
    ? new Date(whole)
    : new Date(Number.NaN);
  // Days that do not exist, such as 30 February, are moved on by Date.
  if (Number.isNaN(time.getTime()) || (whole !== given && !time.toISOString().startsWith(given)))
    throw usage(`${flag(name)} takes a day such as 2026-11-30, or a time such as 2026-11-30T12:00:00Z`);
  return time.toISOString();
}
