import type { ChainLine } from "@indicia/evidence/chain";
import { z } from "zod";
import { GatewayError } from "../error.js";
import { isName } from "./names.js";
import { isScope } from "./scopes.js";

/** Types of lines in a file of keys. */
export const KEY_LINES = { added: "key-added", expires: "key-expires", revoked: "key-revoked" } as const;

/** Scopes of one key: each names a model or all of them. */
const MAX_SCOPES = 1000;

const id = z.string().regex(/^[0-9a-f]{12}$/);
const name = z.string().refine(isName);
const time = z.iso.datetime();

/** What a key is given when it is added. Times are RFC 3339. */
export interface AddedKey {
  readonly id: string;
  /** Of the whole token, hex. */
  readonly sha256: string;
  readonly account: string;
  readonly organisation: string | null;
  readonly customer: string | null;
  readonly scopes: readonly string[];
  readonly expires: string | null;
  /** Key whose place it takes, or null. */
  readonly replaces: string | null;
}

const addedSchema: z.ZodType<AddedKey> = z.strictObject({
  id,
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  account: name,
  organisation: name.nullable(),
  customer: name.nullable(),
  scopes: z.array(z.string().refine(isScope)).min(1).max(MAX_SCOPES),
  expires: time.nullable(),
  replaces: id.nullable(),
});
const expiresSchema = z.strictObject({ id, expires: time });
const revokedSchema = z.strictObject({ id });

/** A key as it stands. */
export interface KeyRecord extends AddedKey {
  readonly added: string;
  readonly revoked: string | null;
  /** First of the keys that one after the other took this one's place: what limits count by. */
  readonly lineage: string;
}

/**
 * What the lines of a file of keys come to, by id.
 *
 * @throws GatewayError KEYS_MALFORMED for a line that this version does not know, or that speaks of no key
 */
export function keyRecords(lines: readonly ChainLine[]): ReadonlyMap<string, KeyRecord> {
  const records = new Map<string, KeyRecord>();
  for (const { index, type, time: written, body } of lines) {
    if (type === "recovered") continue;
    const next = afterLine(records, type, written, body);
    if (next === null) throw malformed(index);
    records.set(next.id, next);
  }
  return records;
}

/** The record that a line makes or changes, or null where it makes no sense. */
function afterLine(
  records: ReadonlyMap<string, KeyRecord>,
  type: string,
  written: string,
  body: unknown,
): KeyRecord | null {
  if (type === KEY_LINES.added) {
    const added = addedSchema.safeParse(body).data;
    if (added === undefined || records.has(added.id)) return null;
    const before = added.replaces === null ? undefined : records.get(added.replaces);
    if (added.replaces !== null && before === undefined) return null;
    return { ...added, added: written, revoked: null, lineage: before?.lineage ?? added.id };
  }
  if (type === KEY_LINES.expires) {
    const change = expiresSchema.safeParse(body).data;
    const known = change === undefined ? undefined : records.get(change.id);
    return known === undefined || change === undefined ? null : { ...known, expires: change.expires };
  }
  const change = type === KEY_LINES.revoked ? revokedSchema.safeParse(body).data : undefined;
  const known = change === undefined ? undefined : records.get(change.id);
  return known === undefined ? null : { ...known, revoked: written };
}

/** Whether a key opens anything at a time. */
export function isLive(record: KeyRecord, now: Date): boolean {
  return now.getTime() < endOf(record);
}

/** Milliseconds since 1970 from which on a key opens nothing: infinitely many, or few. */
export function endOf({ revoked, expires }: Pick<KeyRecord, "revoked" | "expires">): number {
  if (revoked !== null) return Number.NEGATIVE_INFINITY;
  return expires === null ? Number.POSITIVE_INFINITY : Date.parse(expires);
}

function malformed(index: number): GatewayError {
  return new GatewayError(
    "KEYS_MALFORMED",
    `line ${index} of the file of keys is none that this version writes`,
    "Use the version that wrote it, or restore the file from a backup.",
  );
}
