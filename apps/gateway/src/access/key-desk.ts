import { timingSafeEqual } from "node:crypto";
import { hashOfSecret } from "@indicia/service/secret-word";
import { fileStamp } from "../serving/watch-models.js";
import { keyIdOf } from "./api-key.js";
import { type KeyFile, readKeyFile } from "./key-file.js";
import { readKeyHead, writeKeyHead } from "./key-head.js";
import { endOf, type KeyRecord } from "./key-records.js";

/** How soon a running gateway notices that a key was added or revoked. */
const LOOK_MS = 1000;

/** Keys of a running gateway. */
export interface KeyDesk {
  /** The live key that a token is, or null: for whatever reason, after the same steps. */
  find(token: string, now: Date): KeyRecord | null;
  /** Why the file cannot be used as it is now, so that keys of before are in force; null where all is well. */
  trouble(): KeyTrouble | null;
  /** Every key there is, for checks and lists. */
  all(): readonly KeyRecord[];
  /** Read the file now if it changed, for whoever has just changed it. */
  look(): Promise<void>;
  close(): void;
}

/** Why a file of keys cannot be used. */
export interface KeyTrouble {
  /** Such as KEYS_CUT. */
  readonly code: string;
  readonly message: string;
  readonly since: Date;
}

export interface KeyDeskOptions {
  readonly file: string;
  /** Told once for each state of the file that cannot be used; the keys from before go on. */
  readonly onError: (error: unknown) => void;
  readonly lookMs?: number;
}

/**
 * Open a file of keys, and go on reading it as it changes. How far it was seen to go is noted beside it: lines that are
 * taken away again, revocations among them, are noticed now and after a restart.
 *
 * @throws GatewayError as `readKeyFile`
 */
export async function openKeyDesk({ file, onError, lookMs = LOOK_MS }: KeyDeskOptions): Promise<KeyDesk> {
  let seen = await stampOf(file);
  let current = await readKeyFile(file);
  let index = indexKeys(current.records);
  let trouble: (KeyTrouble & { readonly stamp: string }) | null = null;
  let looking: Promise<void> | null = null;
  /** Of every state that cannot be used, one line; what keeps failing is tried again silently. */
  const failed = (stamp: string, error: unknown): void => {
    const code = error instanceof Error && "code" in error ? String(error.code) : "KEYS_UNREADABLE";
    if (trouble?.stamp === stamp && trouble.code === code) return;
    const message = error instanceof Error ? error.message : String(error);
    trouble = { stamp, code, message, since: trouble?.since ?? new Date() };
    onError(error);
  };
  const lookOnce = async (): Promise<void> => {
    const stamp = await stampOf(file);
    if (stamp === seen) {
      trouble = null;
      return;
    }
    try {
      current = await readKeyFile(file, current.head);
      index = indexKeys(current.records);
      seen = stamp;
      trouble = null;
    } catch (error) {
      failed(stamp, error);
      return;
    }
    await noteHead(file, current).catch(onError);
  };
  await noteHead(file, current).catch(onError);
  const look = (): Promise<void> => {
    looking ??= lookOnce().finally(() => {
      looking = null;
    });
    return looking;
  };
  const timer = setInterval(() => void look(), lookMs);
  timer.unref();
  return {
    find: (token, now) => liveKey(index, token, now),
    trouble: () => trouble,
    all: () => [...current.records.values()],
    async look() {
      // One that began before may have seen the file as it was.
      await looking;
      await look();
    },
    close: () => clearInterval(timer),
  };
}

async function stampOf(file: string): Promise<string> {
  return await fileStamp(file).catch(() => "");
}

/** Whoever adds a key meanwhile notes a head that is further; it is noted again with the next look at the file. */
async function noteHead(file: string, { head }: KeyFile): Promise<void> {
  const noted = await readKeyHead(file);
  if (head !== null && (noted === null || noted.lines < head.lines)) await writeKeyHead(file, head);
}

/** Keys as they are looked up: all that takes time was done before. */
export type KeyIndex = ReadonlyMap<string, IndexedKey>;

interface IndexedKey {
  /** Of the whole token, 32 bytes. */
  readonly hash: Buffer;
  /** Milliseconds since 1970 from which on it opens nothing. */
  readonly ends: number;
  readonly record: KeyRecord | null;
}

/** Stands in where no key has that name: no token has this hash. */
const NOBODY: IndexedKey = { hash: Buffer.alloc(32), ends: Number.NEGATIVE_INFINITY, record: null };

/** Make keys ready to be looked up. */
export function indexKeys(records: ReadonlyMap<string, KeyRecord>): KeyIndex {
  return new Map(
    [...records].map(([id, record]) => [
      id,
      { hash: Buffer.from(record.sha256, "hex"), ends: endOf(record), record },
    ]),
  );
}

/**
 * Look a token up. What is unknown, malformed, wrong, expired or revoked takes the same steps: one hash, one
 * comparison over all its bytes, one of the dates; nothing tells them apart.
 */
export function liveKey(index: KeyIndex, token: string, now: Date): KeyRecord | null {
  const { hash, ends, record } = index.get(keyIdOf(token) ?? "") ?? NOBODY;
  const same = timingSafeEqual(hashOfSecret(token), hash);
  const live = now.getTime() < ends;
  return same && live ? record : null;
}
