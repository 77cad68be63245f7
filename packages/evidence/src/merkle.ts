import { equalBytes } from "./bytes.js";
import { portableSha256, type Sha256 } from "./canonical.js";
import { EvidenceError } from "./error.js";

/** Bytes of every hash in the tree. */
export const HASH_BYTES = 32;

/** Prefixes that keep a leaf from ever being taken for a node (RFC 9162, section 2.1.1). */
const LEAF_PREFIX = 0x00;
const NODE_PREFIX = 0x01;

/** Where a prefix and what it stands before come together, again and again: to make room each time costs as much as to hash. */
const SCRATCH: Uint8Array = new Uint8Array(2 ** 14);

/** Hash of a leaf, SHA-256(0x00 || data): RFC 9162, section 2.1.1. */
export function leafHash(data: Uint8Array, hash: Sha256 = portableSha256): Uint8Array {
  return hash(prefixed(LEAF_PREFIX, data));
}

/** Hash of an inner node, SHA-256(0x01 || left || right): RFC 9162, section 2.1.1. */
export function nodeHash(left: Uint8Array, right: Uint8Array, hash: Sha256 = portableSha256): Uint8Array {
  return hash(prefixed(NODE_PREFIX, left, right));
}

/** @returns bytes that hold until the next call */
function prefixed(prefix: number, first: Uint8Array, second?: Uint8Array): Uint8Array {
  const length = 1 + first.length + (second?.length ?? 0);
  const bytes = length <= SCRATCH.length ? SCRATCH.subarray(0, length) : new Uint8Array(length);
  bytes[0] = prefix;
  bytes.set(first, 1);
  if (second !== undefined) bytes.set(second, 1 + first.length);
  return bytes;
}

/** A tree that grows leaf by leaf and holds one hash for each full subtree, at most log2(size) + 1. */
export interface MerkleAccumulator {
  readonly size: number;
  append(leaf: Uint8Array): void;
  /** Merkle tree hash over all leaves so far; SHA-256 of nothing where there are none. */
  root(): Uint8Array;
}

/** An empty, growing tree. Leaves are leaf hashes. */
export function createMerkleAccumulator(hash: Sha256 = portableSha256): MerkleAccumulator {
  /** Roots of full subtrees from left to right, each of a smaller power of two than the one before. */
  const peaks: Uint8Array[] = [];
  let size = 0;
  return {
    get size() {
      return size;
    },
    append(leaf) {
      let merged = leaf;
      // Each low one bit of the old size is a full subtree of that size, which the new leaf completes.
      for (let rest = size; rest % 2 === 1; rest = Math.floor(rest / 2)) {
        const left = peaks.pop();
        if (left !== undefined) merged = nodeHash(left, merged, hash);
      }
      peaks.push(merged);
      size += 1;
    },
    root() {
      const [last, ...lefts] = peaks.toReversed();
      if (last === undefined) return hash(new Uint8Array(0));
      return lefts.reduce((right, left) => nodeHash(left, right, hash), last);
    },
  };
}

/**
 * Merkle tree hash of a list (RFC 9162, section 2.1.1).
 *
 * @param leaves n leaf hashes, 32 bytes each
 */
export function merkleRoot(leaves: Iterable<Uint8Array>, hash: Sha256 = portableSha256): Uint8Array {
  const tree = createMerkleAccumulator(hash);
  for (const leaf of leaves) tree.append(leaf);
  return tree.root();
}

/**
 * The audit path of one leaf, from the leaf upwards (RFC 9162, section 2.1.3.1).
 *
 * @param leaves n leaf hashes
 * @param index 0 .. n - 1
 * @throws EvidenceError MERKLE_INDEX
 */
export function inclusionProof(
  leaves: readonly Uint8Array[],
  index: number,
  hash: Sha256 = portableSha256,
): Uint8Array[] {
  return createProver(leaves, hash).proof(index);
}

/** @param rootOf tree hash of the leaves of a range */
function auditPath(
  size: number,
  index: number,
  rootOf: (from: number, to: number) => Uint8Array,
): Uint8Array[] {
  if (!Number.isInteger(index) || index < 0 || index >= size) {
    throw new EvidenceError(
      "MERKLE_INDEX",
      `leaf ${index} is not among ${size}`,
      "Ask for an existing entry.",
    );
  }
  const path: Uint8Array[] = [];
  let from = 0;
  let to = size;
  while (to - from > 1) {
    const middle = from + largestPowerBelow(to - from);
    // The sibling is whichever half the leaf is not in; found from the top, so the path is turned round at the end.
    path.push(index < middle ? rootOf(middle, to) : rootOf(from, middle));
    if (index < middle) to = middle;
    else from = middle;
  }
  return path.reverse();
}

/** A whole tree, of which any leaf can be proved. */
export interface MerkleProver {
  readonly root: Uint8Array;
  /** As `inclusionProof`. @throws EvidenceError MERKLE_INDEX */
  proof(index: number): Uint8Array[];
}

/**
 * Proofs for many leaves of one tree: each subtree is hashed once.
 *
 * @param leaves n leaf hashes, n >= 1
 */
export function createProver(leaves: readonly Uint8Array[], hash: Sha256 = portableSha256): MerkleProver {
  /** Roots of subtrees of two leaves or more, by the range of leaves beneath them. */
  const known = new Map<string, Uint8Array>();
  const rootOf = (from: number, to: number): Uint8Array => {
    const leaf = to - from === 1 ? leaves[from] : undefined;
    if (leaf !== undefined) return leaf;
    const key = `${from}-${to}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    const middle = from + largestPowerBelow(to - from);
    const made = nodeHash(rootOf(from, middle), rootOf(middle, to), hash);
    known.set(key, made);
    return made;
  };
  const root = leaves.length === 0 ? hash(new Uint8Array(0)) : rootOf(0, leaves.length);
  return { root, proof: (index) => auditPath(leaves.length, index, rootOf) };
}

export interface Inclusion {
  /** Leaf hash. */
  readonly leaf: Uint8Array;
  readonly index: number;
  /** Number of leaves of the tree. */
  readonly size: number;
  readonly proof: readonly Uint8Array[];
  readonly root: Uint8Array;
}

/** Whether a proof shows that the leaf is at its index under the root (RFC 9162, section 2.1.3.2). */
export function verifyInclusion(inclusion: Inclusion, hash: Sha256 = portableSha256): boolean {
  const { leaf, index, size, proof, root } = inclusion;
  if (!Number.isSafeInteger(size) || !Number.isSafeInteger(index) || index < 0 || index >= size) return false;
  if (leaf.length !== HASH_BYTES || proof.some((each) => each.length !== HASH_BYTES)) return false;
  let fn = index;
  let sn = size - 1;
  let r = leaf;
  for (const p of proof) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      r = nodeHash(p, r, hash);
      while (fn % 2 === 0 && fn !== 0) {
        fn = Math.floor(fn / 2);
        sn = Math.floor(sn / 2);
      }
    } else {
      r = nodeHash(r, p, hash);
    }
    fn = Math.floor(fn / 2);
    sn = Math.floor(sn / 2);
  }
  return sn === 0 && equalBytes(r, root);
}

/** Largest power of two strictly below n, n >= 2. */
function largestPowerBelow(n: number): number {
  return 2 ** (Math.ceil(Math.log2(n)) - 1);
}
