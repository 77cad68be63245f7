import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { describe, expect, it } from "vitest";
import { canonicalBytes, parseCanonical } from "./canonical.js";
import { checkDisclosure, makeDisclosure } from "./disclosure.js";
import { subKeysRoot } from "./sub-keys.js";
import { codeOf } from "./test-support/codes.js";

const KEYS = Array.from({ length: 5 }, (_, i) => new Uint8Array(32).fill(i + 1));
const REGISTERED = { commitment: "ab".repeat(32), count: 5, root: bytesToHex(subKeysRoot(KEYS)) };
const DISCLOSURE = makeDisclosure(REGISTERED.commitment, KEYS, 3);

const changed = (change: object): Uint8Array =>
  canonicalBytes({ ...Object(parseCanonical(DISCLOSURE)), ...change });

describe("disclosure", () => {
  it("hands over one sub-key and nothing of the others", () => {
    expect(checkDisclosure(DISCLOSURE, REGISTERED)).toEqual({ index: 3, subKey: KEYS[3] });
    const text = new TextDecoder().decode(DISCLOSURE);
    for (const [i, key] of KEYS.entries()) expect(text.includes(bytesToHex(key))).toBe(i === 3);
  });

  it("is refused under another registration", () => {
    const other = { ...REGISTERED, commitment: "cd".repeat(32) };
    expect(codeOf(() => checkDisclosure(DISCLOSURE, other))).toBe("DISCLOSURE_OTHER_REGISTRATION");
  });

  it("is refused with a sub-key that was not committed to, as a ground one would be", () => {
    expect(codeOf(() => checkDisclosure(changed({ subKey: "ee".repeat(32) }), REGISTERED))).toBe(
      "SUB_KEY_UNPROVEN",
    );
    expect(codeOf(() => checkDisclosure(changed({ index: 2 }), REGISTERED))).toBe("SUB_KEY_UNPROVEN");
    expect(codeOf(() => checkDisclosure(changed({ index: 5 }), REGISTERED))).toBe("SUB_KEY_UNPROVEN");
    expect(codeOf(() => checkDisclosure(changed({ proof: [] }), REGISTERED))).toBe("SUB_KEY_UNPROVEN");
  });

  it.each([
    new Uint8Array(0),
    DISCLOSURE.slice(1),
    new Uint8Array([...DISCLOSURE, 0x20]),
    changed({ version: 2 }),
    changed({ extra: 1 }),
    changed({ subKey: "AB".repeat(32) }),
    changed({ index: -1 }),
    changed({ note: "n".repeat(70_000) }),
  ])("is refused where malformed (%#)", (bytes) => {
    expect(codeOf(() => checkDisclosure(bytes, REGISTERED))).toBe("DISCLOSURE_MALFORMED");
  });

  it("cannot be made of a sub-key that does not exist", () => {
    expect(codeOf(() => makeDisclosure(REGISTERED.commitment, KEYS, 5))).toBe("MERKLE_INDEX");
    expect(hexToBytes(REGISTERED.root)).toHaveLength(32);
  });
});
