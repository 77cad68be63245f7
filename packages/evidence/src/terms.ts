import { utf8ToBytes } from "@noble/hashes/utils.js";
import { z } from "zod";
import { portableSha256, type Sha256, sha256Hex } from "./canonical.js";
import { altered, EvidenceError } from "./error.js";
import { DATED_LINE } from "./signed-chain-dates.js";
import { BEGIN_LINE, readSignedChain, type SignedChain } from "./signed-chain.js";
import { hex32 } from "./scalars.js";

/** Type of the line that holds a version. */
export const TERMS_LINE = "terms";
/** Longest text of terms, in characters: some two hundred pages. */
export const MAX_TERMS_LENGTH = 500_000;

/** A version of the terms as it is entered. */
export interface TermsEntry {
  /** Name of the version. */
  readonly version: string;
  /** First day on which it is in force, UTC. */
  readonly effective: string;
  /** SHA-256 of the text as UTF-8, hex: what a customer accepts. */
  readonly sha256: string;
  readonly text: string;
}

/** A version with its place. */
export interface TermsVersion extends TermsEntry {
  readonly index: number;
  /** When it was entered, RFC 3339. */
  readonly time: string;
}

/** terms.jsonl as it was read: every signature is good, every text has its hash. */
export interface Terms {
  readonly chain: SignedChain;
  readonly versions: readonly TermsVersion[];
}

const schema: z.ZodType<TermsEntry> = z.strictObject({
  version: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/),
  effective: z.string().refine(isDay, "no day such as 2026-11-30"),
  sha256: hex32,
  text: z.string().min(1).max(MAX_TERMS_LENGTH),
});

/**
 * Read the versions of terms.
 *
 * @throws EvidenceError TERMS_MALFORMED, TERMS_DUPLICATE, TERMS_TEXT, and those of `readSignedChain`
 */
export function readTerms(
  bytes: Uint8Array,
  { sha256 = portableSha256 }: { readonly sha256?: Sha256 } = {},
): Terms {
  const chain = readSignedChain(bytes, { kind: "terms", sha256 });
  return { chain, versions: readVersions(chain, sha256) };
}

/** The versions of a chain that was read already. */
export function readVersions({ lines }: Pick<SignedChain, "lines">, sha256: Sha256): TermsVersion[] {
  const versions: TermsVersion[] = [];
  for (const { index, time, type, entry } of lines) {
    if (type === BEGIN_LINE || type === DATED_LINE) continue;
    if (type !== TERMS_LINE)
      throw altered("TERMS_MALFORMED", `line ${index} of the terms is of no known type`);
    versions.push({ index, time, ...checkedTerms(entry, versions, sha256) });
  }
  return versions;
}

/**
 * A version, held against its form and against those before it.
 *
 * @throws EvidenceError TERMS_MALFORMED, TERMS_DUPLICATE, TERMS_TEXT
 */
export function checkedTerms(entry: unknown, before: readonly TermsVersion[], sha256: Sha256): TermsEntry {
  const parsed = schema.safeParse(entry);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw malformed(`a version of the terms is malformed at "${issue?.path.join(".") ?? ""}"`);
  }
  const { data } = parsed;
  if (before.some(({ version }) => version === data.version))
    throw new EvidenceError(
      "TERMS_DUPLICATE",
      `there is a version "${data.version}" already`,
      "Choose another name.",
    );
  const last = before.at(-1);
  if (last !== undefined && data.effective < last.effective)
    throw malformed(`version "${data.version}" would be in force before version "${last.version}"`);
  if (sha256Hex(utf8ToBytes(data.text), sha256) !== data.sha256)
    throw altered("TERMS_TEXT", `the text of version "${data.version}" does not have the hash that it names`);
  return data;
}

/** The version in force at a time: of those whose day has come the last; null where there is none yet. */
export function currentTerms(versions: readonly TermsVersion[], at: Date): TermsVersion | null {
  const day = at.toISOString().slice(0, 10);
  return versions.findLast(({ effective }) => effective <= day) ?? null;
}

function isDay(value: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(value)) return false;
  const time = new Date(`${value}T00:00:00.000Z`);
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(value);
}

function malformed(message: string): EvidenceError {
  return new EvidenceError("TERMS_MALFORMED", message, "See `indicia terms add --help`.");
}
