import { readFile, stat } from "node:fs/promises";
import type { SecretEntryType } from "@indicia/evidence/secret-entries";
import { isSecretType, SECRET_TYPES } from "@indicia/evidence/secret-types";
import type { LooseEntry } from "@indicia/evidence/secret-register";
import { parse } from "yaml";
import { OperationError } from "./error.js";

/** Largest file of entries: they are written by people. */
const MAX_INPUT_BYTES = 1024 ** 2;

/** What an entry may leave out, by its type: it is then null. */
const OPTIONAL: Readonly<Partial<Record<SecretEntryType, readonly string[]>>> = {
  secret: ["value"],
  "access-granted": ["agreement", "until"],
  "measure-added": ["document"],
};

/** Types whose `secrets` may be left out: they are then about all that are entered. */
const ABOUT_ALL: readonly SecretEntryType[] = ["access-granted", "measure-added", "review"];

/**
 * Entries of a YAML or JSON file: one, or a list, each with its `type`.
 *
 * @throws OperationError FILE_KIND
 */
export async function readEntries(file: string): Promise<LooseEntry[]> {
  if ((await stat(file)).size > MAX_INPUT_BYTES)
    throw malformed(file, `it has more than ${MAX_INPUT_BYTES} bytes`);
  let value: unknown;
  try {
    value = parse(await readFile(file, "utf8"), { maxAliasCount: 0 });
  } catch (error) {
    throw malformed(file, error instanceof Error ? (error.message.split("\n")[0] ?? "") : "", error);
  }
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.map((each, i) => {
    if (typeof each !== "object" || each === null || !("type" in each))
      throw malformed(file, `entry ${i + 1} has no type`);
    const { type, ...entry } = each;
    if (typeof type !== "string" || !isSecretType(type))
      throw malformed(file, `entry ${i + 1} is of no known type; there are ${SECRET_TYPES.join(", ")}`);
    return { type, entry };
  });
}

/**
 * What entries leave out, filled in: all secrets that are there by then, the registered model, and null.
 *
 * @throws OperationError SECRET_MISSING
 */
export function completed(
  entries: readonly LooseEntry[],
  known: { readonly ids: readonly string[]; readonly model: string },
): LooseEntry[] {
  const ids = [...known.ids];
  return entries.map(({ type, entry }) => {
    const given = { ...(entry as Record<string, unknown>) };
    for (const name of OPTIONAL[type] ?? []) given[name] ??= null;
    if (type === "secret" && given["model"] === undefined) given["model"] = known.model;
    if (type === "secret" && typeof given["id"] === "string") ids.push(given["id"]);
    if (ABOUT_ALL.includes(type)) {
      if (ids.length === 0) throw withoutSecret(type);
      given["secrets"] ??= [...ids];
    }
    const { document } = given;
    if (type === "measure-added" && typeof document === "object" && document !== null)
      given["document"] = { sha256: null, ...document };
    return { type, entry: given };
  });
}

function withoutSecret(type: SecretEntryType): OperationError {
  return new OperationError(
    "SECRET_MISSING",
    `the register has no secret yet that "${type}" could be about`,
    "Enter a secret first: `indicia secret add secret ...`; see `indicia secret add --help` for an example.",
  );
}

function malformed(file: string, reason: string, cause?: unknown): OperationError {
  return new OperationError(
    "FILE_KIND",
    `${file} holds no entries of a register of trade secrets: ${reason}`,
    "See `indicia secret add --help` for an example.",
    { cause },
  );
}
