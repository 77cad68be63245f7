import { readFile } from "node:fs/promises";
import { type ChainLine, completeLength, readChain } from "@indicia/evidence/chain";
import { type ChainFile, openChain } from "@indicia/evidence/chain-file";
import { EvidenceError } from "@indicia/evidence/error";
import { nativeSha256 } from "@indicia/evidence/hash-file";
import { GatewayError } from "../error.js";
import { type NewKey, newKey } from "./api-key.js";
import { headFile, headOf, type KeyHead, readKeyHead, requireHead, writeKeyHead } from "./key-head.js";
import { type AddedKey, isLive, KEY_LINES, type KeyRecord, keyRecords } from "./key-records.js";
import { requireName } from "./names.js";
import { parseScope } from "./scopes.js";

/** Kind of the hash chain that a file of keys is. */
const KIND = "gateway-keys";

/** What is asked for a new key. */
export interface KeyRequest {
  readonly account: string;
  readonly organisation: string | null;
  /** Identifier in the register of customers, or null. */
  readonly customer: string | null;
  /** Nothing is allowed that is not named here. */
  readonly scopes: readonly string[];
  /** RFC 3339, or null for a key that does not expire. */
  readonly expires: string | null;
}

/** The world around a change of keys. */
export interface KeyContext {
  readonly clock: () => Date;
  /** Random bytes, for cryptography. */
  readonly random: (bytes: number) => Uint8Array;
}

/**
 * Add a key for an account. The file is begun where there is none; the token is in none of its lines.
 *
 * @throws GatewayError NAME_MALFORMED, SCOPE_MALFORMED, ACCOUNT_DIFFERS, and those of `readKeyFile`; EvidenceError CHAIN_LOCKED
 */
export async function addKey(file: string, request: KeyRequest, context: KeyContext): Promise<NewKey> {
  const { account, organisation, customer, scopes, expires } = request;
  requireName("an account", account);
  if (organisation !== null) requireName("an organisation", organisation);
  if (customer !== null) requireName("a customer", customer);
  if (scopes.length === 0) parseScope("");
  for (const scope of scopes) parseScope(scope);
  return await change(file, context, async (chain, records) => {
    requireSameAccount(records, request);
    const added = { account, organisation, customer, scopes: [...new Set(scopes)], expires, replaces: null };
    return await append(chain, records, context, added);
  });
}

/**
 * Give an account a new key in place of one that ends after an overlap, so that clients can change over meanwhile.
 *
 * @param overlapSeconds 0 or more; the old key never lives longer than it would have
 * @throws GatewayError KEY_UNKNOWN, KEY_ENDED
 */
export function rotateKey(
  file: string,
  {
    id,
    overlapSeconds,
    expires,
  }: { readonly id: string; readonly overlapSeconds: number; readonly expires: string | null },
  context: KeyContext,
): Promise<NewKey> {
  return change(file, context, async (chain, records) => {
    const old = requireLive(records, id, context.clock());
    const { account, organisation, customer, scopes } = old;
    const made = await append(chain, records, context, {
      account,
      organisation,
      customer,
      scopes,
      expires,
      replaces: id,
    });
    const end = new Date(context.clock().getTime() + overlapSeconds * 1000).toISOString();
    if (old.expires === null || Date.parse(end) < Date.parse(old.expires))
      await chain.append(KEY_LINES.expires, { id, expires: end });
    return made;
  });
}

/** End a key at once. @throws GatewayError KEY_UNKNOWN, KEY_ENDED (it was revoked before) */
export function revokeKey(file: string, id: string, context: KeyContext): Promise<KeyRecord> {
  return change(file, context, async (chain, records) => {
    const known = requireKey(records, id);
    if (known.revoked !== null) throw ended(id);
    const { time } = await chain.append(KEY_LINES.revoked, { id });
    return { ...known, revoked: time };
  });
}

/** A file of keys as it was read. */
export interface KeyFile {
  /** By id. */
  readonly records: ReadonlyMap<string, KeyRecord>;
  /** How far it goes; null where it has no line. */
  readonly head: KeyHead | null;
}

/**
 * Read a file of keys while others may be writing it: a last line that is not finished yet does not count.
 *
 * @param seen how far somebody saw it go, beside what is noted in its `.head`
 * @throws GatewayError KEYS_CUT, KEYS_FORKED, KEYS_HEAD_MALFORMED, KEYS_DAMAGED, KEYS_MALFORMED, KEYS_UNREADABLE
 */
export async function readKeyFile(file: string, seen: KeyHead | null = null): Promise<KeyFile> {
  // Before the file itself, which may be further by the time that it is read, but never less far.
  const noted = await readKeyHead(file);
  const bytes = await bytesOf(file, noted);
  const whole = bytes.subarray(0, completeLength(bytes));
  const { lines } = damagedOr(file, () => readChain(whole, { kind: KIND, sha256: nativeSha256 }));
  return accepted(file, lines, [noted, seen]);
}

/** The keys of a file alone, by id. @throws what `readKeyFile` does */
export async function readKeys(file: string): Promise<ReadonlyMap<string, KeyRecord>> {
  return (await readKeyFile(file)).records;
}

async function bytesOf(file: string, noted: KeyHead | null): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new GatewayError(
      "KEYS_UNREADABLE",
      `the file of keys ${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      noted === null
        ? "Begin it: `indicia gateway key add --keys FILE --account NAME --scope MODEL:infer`."
        : `It was there before, as ${headFile(file)} says: restore it from a copy.`,
      { cause },
    );
  }
}

function accepted(file: string, lines: readonly ChainLine[], heads: readonly (KeyHead | null)[]): KeyFile {
  for (const head of heads) requireHead(file, lines, head);
  return { records: keyRecords(lines), head: headOf(lines) };
}

/** A broken chain in words that name its file; which line it is, the chain says. */
function damagedOr<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw damaged(file, error);
  }
}

function damaged(file: string, cause: unknown): unknown {
  if (!(cause instanceof EvidenceError) || cause.code === "CHAIN_LOCKED") return cause;
  return new GatewayError(
    "KEYS_DAMAGED",
    `${file} is damaged (${cause.code}): ${cause.message}, counted from 0`,
    "Restore the file from a copy. Without one, move it and its .head away and hand out new keys: lines after a broken one cannot be trusted.",
    { cause },
  );
}

async function change<Result>(
  file: string,
  { clock }: KeyContext,
  make: (chain: ChainFile, records: ReadonlyMap<string, KeyRecord>) => Promise<Result>,
): Promise<Result> {
  const noted = await readKeyHead(file);
  // Nothing is begun anew where there was something.
  if (noted !== null) await bytesOf(file, noted);
  const chain = await openKeyChain(file, clock);
  try {
    const { records } = accepted(file, chain.found, [noted]);
    const result = await make(chain, records);
    await writeKeyHead(file, { lines: chain.entries, head: chain.head });
    return result;
  } finally {
    await chain.close();
  }
}

async function openKeyChain(file: string, clock: () => Date): Promise<ChainFile> {
  try {
    return await openChain(file, { kind: KIND, clock });
  } catch (error) {
    throw damaged(file, error);
  }
}

async function append(
  chain: ChainFile,
  records: ReadonlyMap<string, KeyRecord>,
  { random }: KeyContext,
  added: Omit<AddedKey, "id" | "sha256">,
): Promise<NewKey> {
  let made = newKey(random);
  while (records.has(made.id)) made = newKey(random);
  await chain.append(KEY_LINES.added, { id: made.id, sha256: made.sha256, ...added });
  return made;
}

/** Keys of one account differ in scopes only: otherwise its limits and marks would depend on which it uses. */
function requireSameAccount(records: ReadonlyMap<string, KeyRecord>, request: KeyRequest): void {
  const other = [...records.values()].find(
    ({ account, organisation, customer, revoked }) =>
      revoked === null &&
      account === request.account &&
      (organisation !== request.organisation || customer !== request.customer),
  );
  if (other === undefined) return;
  throw new GatewayError(
    "ACCOUNT_DIFFERS",
    `account ${request.account} has key ${other.id}, of organisation ${other.organisation ?? "none"} and customer ${other.customer ?? "none"}`,
    "Give the same organisation and customer, name another account, or revoke that key first.",
  );
}

function requireKey(records: ReadonlyMap<string, KeyRecord>, id: string): KeyRecord {
  const known = records.get(id);
  if (known !== undefined) return known;
  throw new GatewayError(
    "KEY_UNKNOWN",
    `there is no key ${JSON.stringify(id.slice(0, 100))}`,
    "Give the 12 hexadecimal digits that `key list` shows.",
  );
}

function requireLive(records: ReadonlyMap<string, KeyRecord>, id: string, now: Date): KeyRecord {
  const known = requireKey(records, id);
  if (isLive(known, now)) return known;
  throw ended(id);
}

function ended(id: string): GatewayError {
  return new GatewayError("KEY_ENDED", `key ${id} has ended already`, "Add a new key instead.");
}
