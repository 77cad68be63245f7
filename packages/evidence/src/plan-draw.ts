import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { portableSha256, type Sha256 } from "./canonical.js";
import { EvidenceError } from "./error.js";
import type { HashedPlan } from "./plan.js";

/** What a draw follows from. */
export interface DrawSource {
  readonly plan: HashedPlan;
  /** Of the round that the plan names, 32 bytes; null where it names none. */
  readonly randomness: Uint8Array | null;
  readonly sha256?: Sha256;
}

/**
 * Seed of everything that a plan leaves to chance: SHA-256("indicia/1/draw" || 0x00 || plan || randomness), 32 bytes.
 * Without a beacon it follows from the plan alone, and whoever planned could have tried many.
 */
export function drawSeed({ plan, randomness, sha256 = portableSha256 }: DrawSource): Uint8Array {
  return sha256(
    concatBytes(utf8ToBytes("indicia/1/draw\0"), hexToBytes(plan.sha256), randomness ?? new Uint8Array(0)),
  );
}

/**
 * Rows of the registered pool that an observation may ask, in the order that breaks ties. All rows are put into a random
 * order; draw 0 takes the first `admitted` of them, draw 1 the next, so that who observes again asks other rows and has
 * nothing to choose.
 *
 * @param draw from 0
 * @throws EvidenceError PLAN_DRAW where the pool has no rows left for this draw
 */
export function drawnRows(source: DrawSource, draw: number): number[] {
  const { asking } = source.plan.file;
  if (asking === null) throw new RangeError("the plan asks nothing");
  const { admitted, pool } = asking;
  const rows = shuffled(pool.rows, drawSeed(source), source.sha256 ?? portableSha256);
  const drawn = rows.slice(draw * admitted, (draw + 1) * admitted);
  if (drawn.length > 0) return drawn;
  throw new EvidenceError(
    "PLAN_DRAW",
    `the pool of ${pool.rows} rows has none left for draw ${draw + 1} of ${admitted} rows each`,
    "Plan with a smaller budget, or register a larger pool.",
  );
}

/** Public label of what else an observation leaves to chance: which pairs a boundary is sought between. */
export function drawLabel(source: DrawSource, draw: number): string {
  return `${bytesToHex(drawSeed(source))}/${draw}`;
}

/** Fisher and Yates with whole numbers by rejection, so that every order is as likely as any other. */
function shuffled(rows: number, seed: Uint8Array, sha256: Sha256): number[] {
  const next = words(seed, sha256);
  const order = Array.from({ length: rows }, (_, row) => row);
  for (let left = rows; left > 1; left--) {
    const most = Math.floor(2 ** 32 / left) * left;
    let word = next();
    while (word >= most) word = next();
    const at = word % left;
    const last = order[left - 1] ?? 0;
    order[left - 1] = order[at] ?? 0;
    order[at] = last;
  }
  return order;
}

/** The big-endian 32-bit words of SHA-256(seed || uint32be(block)), block after block. */
function words(seed: Uint8Array, sha256: Sha256): () => number {
  const input = new Uint8Array(36);
  input.set(seed);
  const counter = new DataView(input.buffer);
  let view: DataView = new DataView(new ArrayBuffer(0));
  let at = 0;
  let block = 0;
  return () => {
    if (at === view.byteLength) {
      counter.setUint32(32, block);
      const hash = sha256(input);
      view = new DataView(hash.buffer, hash.byteOffset, hash.byteLength);
      block++;
      at = 0;
    }
    at += 4;
    return view.getUint32(at - 4);
  };
}
