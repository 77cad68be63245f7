import { createHmac } from "node:crypto";
import { closeSync, fdatasyncSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs";
import type { Strengths } from "@indicia/defence/perturbation/strengths";
import { lockFile } from "@indicia/evidence/lock-file";
import { GatewayError } from "../error.js";

const HEADER: Buffer = Buffer.from("indicia-strengths/1\n".padEnd(32, " "));
/** Strengths that are kept by default: 2^20, in 16 MB on disk and in memory. */
const DEFAULT_BUCKETS = 2 ** 17;
/** Strengths of a bucket, the latest first; the one that was set first makes room. */
const WAYS = 8;
/** An 8-byte tag, and a float64. */
const SLOT = 16;
const BUCKET: number = WAYS * SLOT;

export interface KeptStrengths extends Strengths {
  close(): Promise<void>;
}

/**
 * Strengths in a file of a fixed size, so that an account's query is answered as before after a restart or a crash. Account
 * and query stand in it under a keyed hash alone. What is set is with the operating system before it is answered: the end of
 * the process cannot lose it, a power cut the last moments.
 *
 * @param key 32 bytes; under another nothing is known
 * @throws GatewayError STRENGTHS_INVALID; EvidenceError CHAIN_LOCKED where another gateway has the file
 */
export async function openKeptStrengths(
  file: string,
  key: Uint8Array,
  buckets: number = DEFAULT_BUCKETS,
): Promise<KeptStrengths> {
  const lock = await lockFile(file);
  let descriptor: number | null = null;
  try {
    descriptor = openSync(file, "a+", 0o600);
    closeSync(descriptor);
    descriptor = openSync(file, "r+");
    const table = readTable(file, descriptor, buckets);
    return { ...strengthsIn(table, descriptor, key), close: closer(descriptor, () => lock.release()) };
  } catch (error) {
    if (descriptor !== null) closeSync(descriptor);
    await lock.release();
    throw error;
  }
}

function closer(descriptor: number, release: () => Promise<void>): () => Promise<void> {
  return async () => {
    fdatasyncSync(descriptor);
    closeSync(descriptor);
    await release();
  };
}

function readTable(file: string, descriptor: number, buckets: number): Buffer {
  const table = Buffer.alloc(buckets * BUCKET);
  const { size } = fstatSync(descriptor);
  if (size === 0) {
    ftruncateSync(descriptor, HEADER.length + table.length);
    writeSync(descriptor, HEADER, 0, HEADER.length, 0);
    return table;
  }
  const header = Buffer.alloc(HEADER.length);
  readSync(descriptor, header, 0, header.length, 0);
  const read = readSync(descriptor, table, 0, table.length, HEADER.length);
  if (header.equals(HEADER) && read === table.length && size === HEADER.length + table.length) return table;
  throw new GatewayError(
    "STRENGTHS_INVALID",
    `${file} does not hold how strongly answers were perturbed`,
    "Restore it, or move it away: then queries may be answered at another strength than before.",
  );
}

function strengthsIn(table: Buffer, descriptor: number, key: Uint8Array): Strengths {
  const buckets = table.length / BUCKET;
  const placeOf = (name: string): { readonly bucket: Buffer; readonly at: number; readonly tag: Buffer } => {
    const hash = createHmac("sha256", key).update("strength").update(name).digest();
    const at = (hash.readUInt32LE(8) % buckets) * BUCKET;
    return { bucket: table.subarray(at, at + BUCKET), at, tag: hash.subarray(0, 8) };
  };
  return {
    get(name) {
      const { bucket, tag } = placeOf(name);
      for (let slot = 0; slot < BUCKET; slot += SLOT) {
        if (!bucket.subarray(slot, slot + tag.length).equals(tag)) continue;
        const strength = bucket.readDoubleLE(slot + tag.length);
        return strength >= 0 && strength <= 1 ? strength : undefined;
      }
      return undefined;
    },
    set(name, strength) {
      const { bucket, at, tag } = placeOf(name);
      bucket.copyWithin(SLOT, 0, BUCKET - SLOT);
      tag.copy(bucket);
      bucket.writeDoubleLE(strength, tag.length);
      writeSync(descriptor, bucket, 0, BUCKET, HEADER.length + at);
    },
  };
}
