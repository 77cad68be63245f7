import { MAX_PAYLOAD_BYTES } from "@indicia/operations/defaults";
import { isCustomerId } from "@indicia/proof/customer-id";
import type { KeySource } from "@indicia/operations/key-file";
import { type Flags, flag, optionalText, parseNumber, text, usage } from "./flags.js";
import type { Strength } from "@indicia/operations/options";

/** Options that every command with an owner key has, as commander writes them. */
export const KEY_OPTION = "--key <file>";
export const PASSPHRASE_ENV_OPTION = "--passphrase-env <name>";
export const PASSPHRASE_ENV_HELP = "environment variable that holds the key's passphrase";

export function keySource(flags: Flags): KeySource {
  return { path: text(flags, "key"), passphraseEnv: environmentName(flags) };
}

/** Name of the environment variable that holds a passphrase. */
export function environmentName(flags: Flags): string | null {
  const name = optionalText(flags, "passphraseEnv");
  if (name === null || /^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return name;
  // Somebody who gave the passphrase itself must not find it in the error.
  throw usage("--passphrase-env takes the name of an environment variable, not a passphrase");
}

/** @param most the greatest strength that the mark allows */
export function strength(flags: Flags, name: string, most: number): Strength {
  const value = text(flags, name);
  if (value === "auto" || value === "off") return value;
  return parseNumber(value, `${flag(name)} (or auto, or off)`, { least: 0, includesLeast: false, most });
}

export function payload(flags: Flags): string | null {
  const value = optionalText(flags, "payload");
  const bytes = value === null ? 0 : Buffer.byteLength(value, "utf8");
  if (bytes > MAX_PAYLOAD_BYTES) {
    throw usage(`--payload takes at most ${MAX_PAYLOAD_BYTES} bytes of UTF-8, and this text has ${bytes}`);
  }
  return value;
}

/** @throws CliError USAGE */
export function customerId(id: string): string {
  if (isCustomerId(id)) return id;
  throw usage(`${JSON.stringify(id)} is no customer id: letters, digits and . _ @ + - , at most 64 of them`);
}

/** The certified p-value never goes below 2^-256, about 8.6e-78, so no smaller level can be reached. */
const LEAST_LEVEL = 1e-77;

/** The level of the verdict. */
export function level(flags: Flags): number | null {
  const value = optionalText(flags, "level");
  return value === null ? null : parseNumber(value, "--level", { least: LEAST_LEVEL, most: 0.05 });
}
