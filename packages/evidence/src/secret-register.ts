import { portableSha256, type Sha256 } from "./canonical.js";
import { EvidenceError } from "./error.js";
import { SECRET_SCHEMAS, type SecretEntries, type SecretEntryType } from "./secret-entries.js";
import { isSecretType } from "./secret-types.js";
import { DATED_LINE } from "./signed-chain-dates.js";
import { BEGIN_LINE, readSignedChain, type SignedChain, type SignedLine } from "./signed-chain.js";

/** An entry with its place in the chain. */
export type SecretEntry = {
  [T in SecretEntryType]: {
    readonly type: T;
    readonly index: number;
    /** When it was written, RFC 3339, by the holder's own clock. */
    readonly time: string;
    /** Hash of the line, hex. */
    readonly hash: string;
    readonly entry: SecretEntries[T];
  };
}[SecretEntryType];

/** What is to be entered. */
export interface LooseEntry {
  readonly type: SecretEntryType;
  readonly entry: unknown;
}

/** A register of trade secrets that was read: every signature is good, every entry refers to what is there. */
export interface SecretRegister {
  readonly chain: SignedChain;
  readonly entries: readonly SecretEntry[];
}

/**
 * Read a register of trade secrets.
 *
 * @throws EvidenceError SECRET_MALFORMED, SECRET_REFERENCE, and those of `readSignedChain`
 */
export function readSecretRegister(
  bytes: Uint8Array,
  { sha256 = portableSha256 }: { readonly sha256?: Sha256 } = {},
): SecretRegister {
  const chain = readSignedChain(bytes, { kind: "secrets", sha256 });
  return { chain, entries: readSecretEntries(chain) };
}

/** The entries of a chain that was read already. */
export function readSecretEntries({ lines }: Pick<SignedChain, "lines">): SecretEntry[] {
  const entries: SecretEntry[] = [];
  for (const { index, time, type, hash, entry } of lines) {
    if (type === BEGIN_LINE || type === DATED_LINE) continue;
    entries.push(checkedEntry(entries, { index, time, type, hash, entry }));
  }
  return entries;
}

/**
 * An entry, held against its form and against what was entered before it.
 *
 * @throws EvidenceError SECRET_MALFORMED, SECRET_REFERENCE
 */
export function checkedEntry(before: readonly SecretEntry[], line: Omit<SignedLine, "bytes">): SecretEntry {
  const { index, time, hash } = line;
  if (!isSecretType(line.type))
    throw malformed(`"${line.type}" is no type of an entry`, "See `indicia secret add --help`.");
  const found = { index, time, hash, ...parsedEntry(line.type, line.entry) };
  requireReferences(before, found);
  return found;
}

/**
 * Try entries before the first is written, since what is signed once stays.
 *
 * @param first index that the first of them will have
 * @param before what is there already
 * @throws EvidenceError SECRET_MALFORMED, SECRET_REFERENCE
 */
export function requireEntries(
  given: readonly LooseEntry[],
  first: number,
  before: readonly SecretEntry[] = [],
): void {
  const tried = [...before];
  for (const [i, { type, entry }] of given.entries())
    tried.push(checkedEntry(tried, { index: first + i, time: "", hash: "", type, entry }));
}

/** What belongs to a type of line, without a place. */
type TypedEntry = {
  [T in SecretEntryType]: { readonly type: T; readonly entry: SecretEntries[T] };
}[SecretEntryType];

function parsedEntry(type: SecretEntryType, given: unknown): TypedEntry {
  const parsed = SECRET_SCHEMAS[type].safeParse(given);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue === undefined || issue.path.length === 0 ? "" : ` at "${issue.path.join(".")}"`;
    throw malformed(`the entry "${type}" is malformed${where}: ${issue?.message ?? "unknown"}`);
  }
  // The schema of a type gives the entry of that type; what is lost is only that both are one variable.
  return { type, entry: parsed.data } as TypedEntry;
}

function requireReferences(before: readonly SecretEntry[], added: SecretEntry): void {
  const known = new Set(before.flatMap((each) => (each.type === "secret" ? [each.entry.id] : [])));
  switch (added.type) {
    case "secret":
      if (known.has(added.entry.id))
        throw reference(
          `there is a secret "${added.entry.id}" already`,
          "Correct that one, or choose another id.",
        );
      return;
    case "access-granted":
    case "measure-added":
    case "review": {
      const unknown = added.entry.secrets.find((id) => !known.has(id));
      if (unknown !== undefined)
        throw reference(`there is no secret "${unknown}"`, "Enter the secret first, or correct the id.");
      return;
    }
    case "access-revoked":
      requireOpen(before, "access-granted", added.entry.grant);
      return;
    case "measure-ended":
      requireOpen(before, "measure-added", added.entry.measure);
      return;
    case "correction":
      requireCorrected(before, added.entry);
  }
}

/** What is ended has to be there, and not to be ended already. */
function requireOpen(
  before: readonly SecretEntry[],
  type: "access-granted" | "measure-added",
  index: number,
): void {
  if (!before.some((each) => each.index === index && each.type === type))
    throw reference(
      `line ${index} is no entry "${type}"`,
      "See `indicia secret list` for the numbers of lines.",
    );
  const ended = before.find((each) => endOf(each) === index && !isWithdrawn(before, each.index));
  if (ended !== undefined)
    throw reference(`line ${ended.index} ended line ${index} already`, "Correct that line.");
}

/** Index of the line that an entry ends. */
export function endOf(entry: SecretEntry): number | null {
  if (entry.type === "access-revoked") return entry.entry.grant;
  return entry.type === "measure-ended" ? entry.entry.measure : null;
}

/** Whether the last correction of a line says that nothing should have been entered. */
function isWithdrawn(entries: readonly SecretEntry[], index: number): boolean {
  const corrections = entries.filter((each) => each.type === "correction" && each.entry.of === index);
  const last = corrections.at(-1);
  return last?.type === "correction" && last.entry.entry === null;
}

function requireCorrected(before: readonly SecretEntry[], { of, entry }: SecretEntries["correction"]): void {
  const wrong = before.find(({ index }) => index === of);
  if (wrong === undefined || wrong.type === "correction")
    throw reference(
      `line ${of} is no entry that can be corrected`,
      "Name the line that was wrong first; the last correction of a line counts.",
    );
  if (entry === null) return;
  const right = parsedEntry(wrong.type, entry);
  const same =
    right.type === "secret" && wrong.type === "secret"
      ? right.entry.id === wrong.entry.id
      : endOf({ ...wrong, ...right }) === endOf(wrong);
  if (!same)
    throw reference(
      `the correction of line ${of} is about something else than the line`,
      "Keep its id, or the line that it ends; withdraw it and enter another one instead.",
    );
  if (right.type === "access-granted" || right.type === "measure-added" || right.type === "review")
    requireReferences(before, { ...wrong, ...right });
}

function malformed(
  message: string,
  hint = "See `indicia secret add --help` for what belongs in it.",
): EvidenceError {
  return new EvidenceError("SECRET_MALFORMED", message, hint);
}

function reference(message: string, hint: string): EvidenceError {
  return new EvidenceError("SECRET_REFERENCE", message, hint);
}
