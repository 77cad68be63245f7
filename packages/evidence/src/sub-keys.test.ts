import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { subKeyLeaf, subKeyProof, subKeysRoot, verifySubKey } from "./sub-keys.js";
import { codeOf } from "./test-support/codes.js";

const KEYS = Array.from({ length: 7 }, (_, i) => new Uint8Array(32).fill(i + 1));
const REGISTERED = { count: KEYS.length, root: subKeysRoot(KEYS) };

describe("commitment to sub-keys", () => {
  it("hashes a leaf as documented", () => {
    const key = new Uint8Array(32).fill(5);
    const leaf = createHash("sha256")
      .update(Uint8Array.of(0))
      .update("indicia/1/sub-key")
      .update(Uint8Array.of(0, 0, 1, 2))
      .update(createHash("sha256").update(key).digest())
      .digest();
    expect(subKeyLeaf(258, key)).toEqual(new Uint8Array(leaf));
  });

  it("proves each sub-key, at its own index only", () => {
    for (const [index, subKey] of KEYS.entries()) {
      const proof = subKeyProof(KEYS, index);
      expect(verifySubKey({ index, subKey, proof }, REGISTERED)).toBe(true);
      expect(verifySubKey({ index: (index + 1) % KEYS.length, subKey, proof }, REGISTERED)).toBe(false);
      expect(verifySubKey({ index, subKey: new Uint8Array(32).fill(99), proof }, REGISTERED)).toBe(false);
      expect(verifySubKey({ index, subKey, proof }, { ...REGISTERED, count: index })).toBe(false);
    }
  });

  it("depends on the order of the sub-keys", () => {
    expect(subKeysRoot([...KEYS].reverse())).not.toEqual(REGISTERED.root);
  });

  it("refuses what is no sub-key or index", () => {
    expect(codeOf(() => subKeyLeaf(0, new Uint8Array(31)))).toBe("SUB_KEY_INVALID");
    expect(codeOf(() => subKeyLeaf(-1, new Uint8Array(32)))).toBe("SUB_KEY_INVALID");
    expect(codeOf(() => subKeyLeaf(2 ** 32, new Uint8Array(32)))).toBe("SUB_KEY_INVALID");
    expect(codeOf(() => subKeyProof(KEYS, 7))).toBe("MERKLE_INDEX");
  });
});
