import { timingSafeEqual } from "node:crypto";
import { fileStamp } from "../serving/watch-models.js";
import { hashOf, keyIdOf } from "./api-key.js";
import { readKeys } from "./key-file.js";
import { isLive, type KeyRecord } from "./key-records.js";

/** How soon a running gateway notices that a key was added or revoked. */
const LOOK_MS = 1000;
/** Compared against where no key has that name: no token has this hash. */
const NOBODY: Buffer = Buffer.alloc(32);

/** Keys of a running gateway. */
export interface KeyDesk {
  /** The live key that a token is, or null: for whatever reason, after the same steps. */
  find(token: string, now: Date): KeyRecord | null;
  /** Every key there is, for checks and lists. */
  all(): readonly KeyRecord[];
  /** Read the file now if it changed, for whoever has just changed it. */
  look(): Promise<void>;
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
  let looking: Promise<void> | null = null;
  const lookOnce = async (): Promise<void> => {
    try {
      const state = await fileStamp(file);
      if (state !== seen) {
        records = await readKeys(file);
        seen = state;
      }
    } catch (error) {
      onError(error);
    }
  };
  const look = (): Promise<void> => {
    looking ??= lookOnce().finally(() => {
      looking = null;
    });
    return looking;
  };
  const timer = setInterval(() => void look(), lookMs);
  timer.unref();
  return {
    find: (token, now) => liveKey(records, token, now),
    all: () => [...records.values()],
    async look() {
      // One that began before may have seen the file as it was.
      await looking;
      await look();
    },
    close: () => clearInterval(timer),
  };
}

/**
 * Look a token up. What is unknown, malformed, wrong, expired or revoked takes the same steps: one hash, one
 * comparison over all its bytes, one look at the dates; nothing tells them apart.
 */
export function liveKey(records: ReadonlyMap<string, KeyRecord>, token: string, now: Date): KeyRecord | null {
  const record = records.get(keyIdOf(token) ?? "");
  const stored = record === undefined ? NOBODY : Buffer.from(record.sha256, "hex");
  const same = timingSafeEqual(hashOf(token), stored);
  const live = isLive(record ?? ENDED, now);
  return same && live && record !== undefined ? record : null;
}

/** Stands in where there is no key. */
const ENDED: KeyRecord = {
  id: "",
  sha256: "",
  account: "",
  organisation: null,
  customer: null,
  scopes: [],
  expires: "1970-01-01T00:00:00.000Z",
  replaces: null,
  added: "",
  revoked: null,
  lineage: "",
};
