import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { portableSha256 } from "./canonical.js";
import { EvidenceError } from "./error.js";
import { inclusionProof, leafHash, merkleRoot, verifyInclusion } from "./merkle.js";

/** Bytes of a sub-key. */
export const SUB_KEY_BYTES = 32;

const CONTEXT: Uint8Array = utf8ToBytes("indicia/1/sub-key");

/**
 * Leaf of a sub-key in the tree whose root the registration carries:
 * SHA-256(0x00 || "indicia/1/sub-key" || uint32be(index) || SHA-256(subKey)), a leaf of RFC 9162, section 2.1.1, whose
 * entry is the 53 bytes after the 0x00. The leaf says nothing about a sub-key of 32 random bytes.
 *
 * @param index position in the list of sub-keys, 0 .. 2^32 - 1
 * @throws EvidenceError SUB_KEY_INVALID
 */
export function subKeyLeaf(index: number, subKey: Uint8Array): Uint8Array {
  if (subKey.length !== SUB_KEY_BYTES)
    throw invalid(`a sub-key has ${SUB_KEY_BYTES} bytes, not ${subKey.length}`);
  if (!Number.isInteger(index) || index < 0 || index >= 2 ** 32)
    throw invalid(`${index} is no index of a sub-key`);
  const position = new Uint8Array(4);
  new DataView(position.buffer).setUint32(0, index);
  return leafHash(concatBytes(CONTEXT, position, portableSha256(subKey)));
}

/** Merkle tree hash over the leaves of all sub-keys in order: what the registration commits to, 32 bytes. */
export function subKeysRoot(subKeys: readonly Uint8Array[]): Uint8Array {
  return merkleRoot(leaves(subKeys));
}

/**
 * Inclusion proof of one sub-key, from the leaf upwards (RFC 9162, section 2.1.3.1). It discloses nothing of the others.
 *
 * @throws EvidenceError MERKLE_INDEX
 */
export function subKeyProof(subKeys: readonly Uint8Array[], index: number): Uint8Array[] {
  return inclusionProof(leaves(subKeys), index);
}

/** A disclosed sub-key with what shows that it was committed to. */
export interface DisclosedSubKey {
  readonly index: number;
  readonly subKey: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/** Whether a disclosed sub-key is the one at its index among `count` under the registered root. */
export function verifySubKey(
  disclosed: DisclosedSubKey,
  registered: { count: number; root: Uint8Array },
): boolean {
  const { index, subKey, proof } = disclosed;
  const { count, root } = registered;
  return verifyInclusion({ leaf: subKeyLeaf(index, subKey), index, size: count, proof, root });
}

function leaves(subKeys: readonly Uint8Array[]): Uint8Array[] {
  return subKeys.map((subKey, index) => subKeyLeaf(index, subKey));
}

function invalid(message: string): EvidenceError {
  return new EvidenceError(
    "SUB_KEY_INVALID",
    message,
    "Give sub-keys as they are derived from the owner key.",
  );
}
