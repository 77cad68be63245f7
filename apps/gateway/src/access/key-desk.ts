import { timingSafeEqual } from "node:crypto";
import { fileStamp } from "../serving/watch-models.js";
import { hashOf, keyIdOf } from "./api-key.js";
import { readKeys } from "./key-file.js";
import { endOf, type KeyRecord } from "./key-records.js";

/** How soon a running gateway notices that a key was added or revoked. */
const LOOK_MS = 1000;

/** Keys of a running gateway. */
export interface KeyDesk {
  /** The live key that a token is, or null: for whatever reason, after the same steps. */
  find(token: string, now: Date): KeyRecord | null;
  /** Every key there is, for checks and lists. */
  all(): readonly KeyRecord[];
  close(): void;
}

export interface KeyDeskOptions {
  readonly file: string;
  /** Told when a changed file cannot be used; the keys from before go on. */
  readonly onError: (error: unknown) => void;
  readonly lookMs?: number;
}

/**
 * Open a file of keys, and go on reading it as it changes.
 *
 * @throws GatewayError, EvidenceError as `readKeys`; ENOENT
 */
export async function openKeyDesk({ file, onError, lookMs = LOOK_MS }: KeyDeskOptions): Promise<KeyDesk> {
  let seen = await fileStamp(file);
  let records = await readKeys(file);
  let index = indexKeys(records);
  let looking = false;
  const look = async (): Promise<void> => {
    if (looking) return;
    looking = true;
    try {
      const state = await fileStamp(file);
      if (state !== seen) {
        records = await readKeys(file);
        index = indexKeys(records);
        seen = state;
      }
    } catch (error) {
      onError(error);
    } finally {
      looking = false;
    }
  };
  const timer = setInterval(() => void look(), lookMs);
  timer.unref();
  return {
    find: (token, now) => liveKey(index, token, now),
    all: () => [...records.values()],
    close: () => clearInterval(timer),
  };
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
  const same = timingSafeEqual(hashOf(token), hash);
  const live = now.getTime() < ends;
  return same && live ? record : null;
}
