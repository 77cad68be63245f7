import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  createMerkleAccumulator,
  inclusionProof,
  leafHash,
  merkleRoot,
  nodeHash,
  verifyInclusion,
} from "./merkle.js";
import { codeOf } from "./test-support/codes.js";

/** The eight entries that the reference implementations of RFC 6962 test with. */
const ENTRIES = [
  "",
  "00",
  "10",
  "2021",
  "3031",
  "40414243",
  "5051525354555657",
  "606162636465666768696a6b6c6d6e6f",
];
const LEAVES = ENTRIES.map((entry) => leafHash(hexToBytes(entry)));

/** Roots over the first 0, 1, ... 8 of them. */
const ROOTS = [
  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
  "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
  "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
  "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
  "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
  "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
  "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
  "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

/** Audit paths of the same test suites: index, size, path. */
const PATHS: readonly [number, number, string[]][] = [
  [0, 1, []],
  [
    0,
    8,
    [
      "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
      "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
      "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
  ],
  [
    5,
    8,
    [
      "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
      "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
  ],
  [2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]],
  [
    1,
    5,
    [
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
      "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
      "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
  ],
];

/** The definition of section 2.1.1, word for word. */
function definedRoot(leaves: readonly Uint8Array[]): Uint8Array {
  const [only] = leaves;
  if (only === undefined) return hexToBytes(ROOTS[0] ?? "");
  if (leaves.length === 1) return only;
  let k = 1;
  while (2 * k < leaves.length) k *= 2;
  return nodeHash(definedRoot(leaves.slice(0, k)), definedRoot(leaves.slice(k)));
}

const manyLeaves = (n: number): Uint8Array[] =>
  Array.from({ length: n }, (_, i) => leafHash(Uint8Array.of(i, i >> 8)));

describe("Merkle tree of RFC 9162", () => {
  it.each(ROOTS.map((root, size) => ({ root, size })))(
    "has the known root over $size entries",
    ({ root, size }) => {
      expect(bytesToHex(merkleRoot(LEAVES.slice(0, size)))).toBe(root);
    },
  );

  it.each(PATHS)("has the known audit path of leaf %i among %i", (index, size, path) => {
    expect(inclusionProof(LEAVES.slice(0, size), index).map((each) => bytesToHex(each))).toEqual(path);
  });

  it("grows to the defined root at every size", () => {
    const leaves = manyLeaves(130);
    const tree = createMerkleAccumulator();
    for (const [i, leaf] of leaves.entries()) {
      expect(tree.size).toBe(i);
      expect(tree.root()).toEqual(definedRoot(leaves.slice(0, i)));
      tree.append(leaf);
    }
    expect(tree.root()).toEqual(definedRoot(leaves));
  });

  it("proves every leaf at every size up to 33", () => {
    for (let size = 1; size <= 33; size += 1) {
      const leaves = manyLeaves(size);
      const root = merkleRoot(leaves);
      for (const [index, leaf] of leaves.entries()) {
        const proof = inclusionProof(leaves, index);
        expect(verifyInclusion({ leaf, index, size, proof, root })).toBe(true);
      }
    }
  });

  it("refuses a proof that was changed in any way", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 70 }), fc.nat(), fc.nat(), (size, pick, flip) => {
        const leaves = manyLeaves(size);
        const index = pick % size;
        const leaf = leaves[index] ?? new Uint8Array(32);
        const proof = inclusionProof(leaves, index);
        const good = { leaf, index, size, proof, root: merkleRoot(leaves) };
        const flipped = (bytes: Uint8Array): Uint8Array =>
          bytes.map((byte, i) => (i === flip % bytes.length ? byte ^ (1 << (flip % 8)) : byte));
        const at = flip % proof.length;
        expect(verifyInclusion({ ...good, leaf: flipped(leaf) })).toBe(false);
        expect(verifyInclusion({ ...good, root: flipped(good.root) })).toBe(false);
        expect(verifyInclusion({ ...good, proof: proof.map((p, i) => (i === at ? flipped(p) : p)) })).toBe(
          false,
        );
        expect(verifyInclusion({ ...good, proof: proof.slice(1) })).toBe(false);
        expect(verifyInclusion({ ...good, proof: [...proof, leaf] })).toBe(false);
        expect(verifyInclusion({ ...good, index: (index + 1) % size })).toBe(false);
        expect(verifyInclusion({ ...good, index: size })).toBe(false);
        expect(verifyInclusion({ ...good, index: -1 })).toBe(false);
        expect(verifyInclusion({ ...good, index: index + 0.5 })).toBe(false);
      }),
    );
  });

  it("takes neither a node for a leaf nor a short hash", () => {
    const root = merkleRoot(LEAVES.slice(0, 4));
    const node = merkleRoot(LEAVES.slice(0, 2));
    const sibling = merkleRoot(LEAVES.slice(2, 4));
    expect(verifyInclusion({ leaf: leafHash(node), index: 0, size: 2, proof: [sibling], root })).toBe(false);
    expect(verifyInclusion({ leaf: node.slice(0, 31), index: 0, size: 2, proof: [sibling], root })).toBe(
      false,
    );
  });

  it("has no proof of a leaf that is not there", () => {
    expect(codeOf(() => inclusionProof(LEAVES, 8))).toBe("MERKLE_INDEX");
    expect(codeOf(() => inclusionProof([], 0))).toBe("MERKLE_INDEX");
  });
});
