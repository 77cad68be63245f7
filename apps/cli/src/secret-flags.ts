import { isSecretType, SECRET_TYPES } from "@indicia/evidence/secret-types";
import type { LooseEntry } from "@indicia/evidence/secret-register";
import type { Command } from "commander";
import { type Flags, flag, isSet, optionalText, parseNumber, refuse, usage } from "./flags.js";

/** Options that are fields of an entry as they are, with what they mean. */
const TEXTS: Readonly<Record<string, string>> = {
  id: "secret: short name by which other entries refer to it",
  name: "secret: what it is called",
  description: "secret, measure-added: what it is",
  holder: "secret: who holds it",
  title: "secret: by what right",
  notKnown: "secret: why others neither know it nor can readily find it out",
  who: "access-granted: person, role or organisation",
  kind: "access-granted: person, role or organisation; measure-added: technical, organisational or contractual",
  purpose: "access-granted: what for",
  agreement: "access-granted: reference of the agreement that binds them",
  since: "secret, access-granted, measure-added: first day, such as 2026-11-30",
  until: "access-granted: last day, where one was agreed",
  on: "access-revoked, measure-ended, review: day",
  reason: "access-revoked, measure-ended: why",
  by: "review: who reviewed",
  found: "review: what was found",
  why: "correction: why the line was wrong",
};
/** Options that name a line of the register. */
const LINES: Readonly<Record<string, string>> = {
  grant: "access-revoked: line that granted it",
  measure: "measure-ended: line that added it",
  of: "correction: line that was wrong",
};
/** Options that are no single field. */
const OTHERS = [
  "model",
  "secrets",
  "amount",
  "currency",
  "valuedOn",
  "method",
  "because",
  "document",
  "documentSha256",
  "withdraw",
] as const;

/** Every option that says something of an entry. */
const ALL: readonly string[] = [...Object.keys(TEXTS), ...Object.keys(LINES), ...OTHERS];

/** Options of `secret add`, one for each field of each type of entry. */
export function declareEntry(command: Command): Command {
  for (const [name, what] of Object.entries(TEXTS)) command.option(`${flag(name)} <text>`, what);
  for (const [name, what] of Object.entries(LINES)) command.option(`${flag(name)} <line>`, what);
  return command
    .option(
      "--model <sha256>",
      "secret: file in which it is embodied, or none (default: the registered model)",
    )
    .option("--secrets <ids>", "ids of the secrets that it is about, with commas (default: all)")
    .option("--amount <number>", "secret: value")
    .option("--currency <code>", "secret: currency of the value, such as EUR")
    .option("--valued-on <day>", "secret: day of the estimate")
    .option("--method <text>", "secret: how it was estimated")
    .option("--because <text>", "secret: why it is worth this because it is secret")
    .option("--document <reference>", "measure-added: where it is written down")
    .option("--document-sha256 <hash>", "measure-added: SHA-256 of that document")
    .option("--withdraw", "correction: the line should not have been entered at all");
}

/**
 * The entry that a command line says.
 *
 * @throws CliError USAGE
 */
export function entryOf(type: string, flags: Flags): LooseEntry {
  if (!isSecretType(type))
    throw usage(`"${type}" is no type of an entry; there are ${SECRET_TYPES.join(", ")}`);
  const entry: Record<string, unknown> = {};
  for (const name of Object.keys(TEXTS)) {
    const value = optionalText(flags, name);
    if (value !== null) entry[name] = value;
  }
  for (const name of Object.keys(LINES)) {
    const value = optionalText(flags, name);
    if (value !== null) entry[name] = parseNumber(value, flag(name), { least: 1, most: 1e9, whole: true });
  }
  const secrets = optionalText(flags, "secrets");
  if (secrets !== null) entry["secrets"] = secrets.split(",");
  const model = optionalText(flags, "model");
  if (model !== null) entry["model"] = model === "none" ? null : model;
  const value = valueOf(flags);
  if (value !== null) entry["value"] = value;
  const reference = optionalText(flags, "document");
  if (reference === null) refuse(flags, ["documentSha256"], "belongs to --document, which is missing");
  else entry["document"] = { reference, sha256: optionalText(flags, "documentSha256") };
  if (isSet(flags, "withdraw")) entry["entry"] = null;
  else if (type === "correction")
    throw usage("a correction needs --withdraw; what should have been entered is said in a --file");
  return { type, entry };
}

/** Refuse options that describe an entry where there is none to describe. */
export function refuseEntry(flags: Flags, reason: string): void {
  refuse(flags, ALL, reason);
}

function valueOf(flags: Flags): Record<string, unknown> | null {
  const amount = optionalText(flags, "amount");
  if (amount === null) {
    refuse(flags, ["currency", "valuedOn", "method", "because"], "belongs to --amount, which is missing");
    return null;
  }
  return {
    amount: parseNumber(amount, "--amount", { least: 0, most: 1e15 }),
    currency: optionalText(flags, "currency"),
    on: optionalText(flags, "valuedOn"),
    method: optionalText(flags, "method"),
    becauseSecret: optionalText(flags, "because"),
  };
}
