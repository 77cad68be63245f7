import { CliError } from "./error.js";

/** Options of a command as commander collected them: text, repeated text, or true. */
export type Flags = Readonly<Record<string, unknown>>;

export interface NumberRange {
  readonly least: number;
  readonly most: number;
  /** Whether `least` itself is allowed; true unless said otherwise. */
  readonly includesLeast?: boolean;
  readonly whole?: boolean;
}

/** A text option that has a default or is required, so that commander always has it. */
export function text(flags: Flags, name: string): string {
  const value = optionalText(flags, name);
  if (value === null) throw usage(`${flag(name)} is missing`);
  return value;
}

export function optionalText(flags: Flags, name: string): string | null {
  const value = flags[name];
  if (value === undefined) return null;
  if (typeof value !== "string" || value === "") throw usage(`${flag(name)} needs a value`);
  return value;
}

/** What commander does with each value of an option that may be given several times. */
export function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

/** Values of an option that may be given several times. */
export function texts(flags: Flags, name: string): string[] {
  const value = flags[name];
  return Array.isArray(value) ? value.map(String) : [];
}

export function isSet(flags: Flags, name: string): boolean {
  return flags[name] === true;
}

/** @throws CliError USAGE where it is not a plain decimal number in the range */
export function number(flags: Flags, name: string, range: NumberRange): number {
  return parseNumber(text(flags, name), flag(name), range);
}

export function parseNumber(value: string, label: string, range: NumberRange): number {
  const parsed = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value) ? Number(value) : Number.NaN;
  const { least, most, includesLeast = true, whole = false } = range;
  const inside = (includesLeast ? parsed >= least : parsed > least) && parsed <= most;
  if (inside && (!whole || Number.isInteger(parsed))) return parsed;
  const kind = whole ? "a whole number" : "a number";
  const from = includesLeast ? `from ${least}` : `above ${least}`;
  throw usage(`${label} takes ${kind} ${from} to ${most}, not ${JSON.stringify(value)}`);
}

/** Refuse the options that make no sense here, naming the first. */
export function refuse(flags: Flags, names: readonly string[], reason: string): void {
  const given = names.find((name) => flags[name] !== undefined && flags[name] !== false);
  if (given !== undefined) throw usage(`${flag(given)} ${reason}`);
}

export function usage(message: string): CliError {
  return new CliError("USAGE", message, "Add --help to see how it is called.");
}

/** Options as they were given, to be handed on to another program. */
export function handedOn(flags: Flags, names: readonly string[]): string[] {
  return names.flatMap((name) => {
    const value = optionalText(flags, name);
    return value === null ? [] : [flag(name), value];
  });
}

/** `labelBudget` is written `--label-budget`. */
export function flag(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
