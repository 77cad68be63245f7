import { readConfigFile } from "./config-file.js";
import { SuspectError } from "./error.js";
import { asObject } from "./json-values.js";
import type { ProtocolOptions } from "./opener.js";

/** Members of a protocol's configuration, checked for names but not yet for values. */
export type Settings = Readonly<Record<string, unknown>>;

/**
 * The configuration of a protocol that can do without one.
 *
 * @param known names of its settings; any other would be a slip
 * @throws SuspectError SUSPECT_CONFIG; and what the file system throws
 */
export function readSettings(
  { config, settings }: Pick<ProtocolOptions, "config" | "settings">,
  known: readonly string[],
): Settings {
  return knownMembers(config === null ? (settings ?? {}) : readConfigFile(config, badSetting), known, "");
}

/**
 * An object with none but known members.
 *
 * @param prefix of the members' names in messages
 * @throws SuspectError SUSPECT_CONFIG
 */
export function knownMembers(value: unknown, known: readonly string[], prefix: string): Settings {
  const members = asObject(value);
  if (members === null) throw badSetting(`${prefix === "" ? "it" : `"${prefix.slice(0, -1)}"`} is no object`);
  const unknown = Object.keys(members).find((name) => !known.includes(name));
  if (unknown === undefined) return members;
  throw badSetting(
    `there is no setting "${prefix}${unknown.slice(0, 60)}", there are ${known.map((name) => `"${prefix}${name}"`).join(", ")}`,
  );
}

/** Null where it is absent. @throws SuspectError SUSPECT_CONFIG for what is no text */
export function textSetting(settings: Settings, name: string): string | null {
  const value = settings[name];
  if (value === undefined) return null;
  if (typeof value === "string" && value !== "") return value;
  throw badSetting(`"${name}" is no text`);
}

/** @throws SuspectError SUSPECT_CONFIG for what is none of the choices */
export function choiceSetting<Choice extends string>(
  settings: Settings,
  name: string,
  { choices, otherwise }: { readonly choices: readonly Choice[]; readonly otherwise: Choice },
): Choice {
  const value = settings[name];
  const chosen = value === undefined ? otherwise : choices.find((choice) => choice === value);
  if (chosen !== undefined) return chosen;
  throw badSetting(`"${name}" is none of ${choices.map((choice) => JSON.stringify(choice)).join(", ")}`);
}

/** Null where it is absent. @throws SuspectError SUSPECT_CONFIG for what is no whole number from `least` to `most` */
export function countSetting(
  settings: Settings,
  name: string,
  { least, most }: { readonly least: number; readonly most: number },
): number | null {
  const value = settings[name];
  if (value === undefined) return null;
  if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return value;
  throw badSetting(`"${name}" is no whole number from ${least} to ${most}`);
}

/** @throws SuspectError SUSPECT_CONFIG for what is neither true nor false */
export function flagSetting(settings: Settings, name: string, otherwise: boolean): boolean {
  const value = settings[name] ?? otherwise;
  if (typeof value === "boolean") return value;
  throw badSetting(`"${name}" is neither true nor false`);
}

/** Null where it is absent. @throws SuspectError SUSPECT_CONFIG for what is no list of texts */
export function textsSetting(settings: Settings, name: string): readonly string[] | null {
  const value = settings[name];
  if (value === undefined) return null;
  const texts = Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
  if (Array.isArray(value) && texts.length > 0 && texts.length === value.length) return texts;
  throw badSetting(`"${name}" is no list of texts`);
}

export function badSetting(reason: string): SuspectError {
  return new SuspectError(
    "SUSPECT_CONFIG",
    `the protocol's configuration cannot be used: ${reason}`,
    "See the protocol's section in the README for its settings.",
  );
}
