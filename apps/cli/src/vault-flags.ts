import type { KeySource as SecretSource } from "@indicia/vault/key-source";
import type { Command } from "commander";
import { collect, type Flags, optionalText, texts, usage } from "./flags.js";
import type { VaultLock, VaultSecret } from "@indicia/operations/vault-options";

export const VAULT_OPTION = ["--vault <folder>", "the vault"] as const;
/** How a secret is named; words of a command are parted at spaces, and no shell sees them. */
const SOURCE_HELP = "a file, env:NAME, or command:PROGRAM ARGS for one that prints it";

/** Declare what opens a vault. */
export function declareSecret(command: Command): Command {
  return command
    .option("--identity <source>", `age identities: ${SOURCE_HELP}`)
    .option("--vault-passphrase <source>", `passphrase of the vault, in place of identities: ${SOURCE_HELP}`);
}

/** @throws CliError USAGE where there is none, or both */
export function readVaultSecret(flags: Flags): VaultSecret {
  const identity = optionalText(flags, "identity");
  const passphrase = optionalText(flags, "vaultPassphrase");
  if (identity !== null && passphrase === null)
    return { kind: "identities", source: secretSource(identity, "--identity") };
  if (passphrase !== null && identity === null)
    return { kind: "passphrase", source: secretSource(passphrase, "--vault-passphrase") };
  throw usage("give --identity or --vault-passphrase, one of them");
}

/** Declare to whom a vault is encrypted. @param passphrase name of the option for one */
export function declareLock(
  command: Command,
  passphrase: "--vault-passphrase" | "--new-passphrase",
): Command {
  return command
    .option("--recipient <recipient>", "age recipient (age1...); may be repeated", collect)
    .option(`${passphrase} <source>`, `passphrase in place of recipients: ${SOURCE_HELP}`);
}

/** @throws CliError USAGE */
export function readLock(flags: Flags, name: "vaultPassphrase" | "newPassphrase"): VaultLock | null {
  const recipients = texts(flags, "recipient");
  const passphrase = optionalText(flags, name);
  if (passphrase !== null && recipients.length > 0)
    throw usage("age encrypts to recipients or to a passphrase, never to both");
  if (passphrase !== null) return { kind: "passphrase", source: secretSource(passphrase, "a passphrase") };
  return recipients.length > 0 ? { kind: "recipients", recipients } : null;
}

/** @throws CliError USAGE */
function secretSource(value: string, label: string): SecretSource {
  if (value.startsWith("env:")) {
    const name = value.slice("env:".length);
    if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return { kind: "environment", name };
    throw usage(`${label} takes env: with the name of an environment variable`);
  }
  if (!value.startsWith("command:")) {
    // Somebody who gave the key itself must not find it in the error.
    if (value.startsWith("AGE-SECRET-KEY-")) throw usage(`${label} takes the place of a key, not the key`);
    return { kind: "file", path: value };
  }
  const [program, ...rest] = value
    .slice("command:".length)
    .split(/ +/)
    .filter((word) => word !== "");
  if (program === undefined) throw usage(`${label} takes command: with a program`);
  return { kind: "command", program, arguments: rest };
}
