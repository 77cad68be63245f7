import { hexToBytes } from "@noble/hashes/utils.js";
import { describe, expect, it } from "vitest";
import { keyedChange, loggedKeys, tiltSigns, wrongLabel } from "./logged-carrier.js";

const KEY = Uint8Array.from({ length: 32 }, (_, i) => 3 * i);
const query = (i: number): Uint8Array => {
  const out = new Uint8Array(32);
  new DataView(out.buffer).setUint32(4, i);
  return out;
};
/** HMAC-SHA-256(KEY, query(9) || uint32be(block)) for blocks 0, 1, 2, made with OpenSSL. */
const BLOCKS = hexToBytes(
  "df4051bf860b039a1c0d770894be3e986f0bfb7b24c91bd051c0a2c1179ec729" +
    "a6c9e0537f5971bb8c838a3a584290e1120a1dc30ad1714a40c36bc537a40fef" +
    "d4a9ee8df7f51ae3a5ef1f08e60e0f23366deb7781955dea512b333ebb4c9ee4",
);

describe("signs of a query", () => {
  it("are the bits of HMAC-SHA-256, block by block, as another implementation has it", () => {
    const signs = tiltSigns(KEY, query(9), 600);
    const expected = Array.from({ length: 600 }, (_, c) => ((BLOCKS[c >> 3] ?? 0) >> (c & 7)) & 1);
    expect([...signs]).toEqual(expected.map((bit) => (bit === 1 ? -1 : 1)));
  });

  it("are fair coins over queries", () => {
    const sums = new Float64Array(10);
    for (let i = 0; i < 4000; i++)
      for (const [c, sign] of tiltSigns(KEY, query(i), 10).entries()) sums[c] = (sums[c] ?? 0) + sign;
    for (const sum of sums) expect(Math.abs(sum) / Math.sqrt(4000)).toBeLessThan(4.5);
  });

  it("refuse a label that is no hash", () => {
    expect(() => tiltSigns(KEY, new Uint8Array(31), 2)).toThrow(RangeError);
  });
});

describe("the keyed label", () => {
  it("is the second word of the block, and the pick the first", () => {
    expect(keyedChange(KEY, query(9), 7)).toEqual({ pick: 0xdf4051bf / 2 ** 32, offset: 0x860b039a % 7 });
  });

  it("is uniform over wrong labels, whatever the pick", () => {
    const counts = new Float64Array(9);
    const picked = new Float64Array(9);
    for (let i = 0; i < 9000; i++) {
      const { pick, offset } = keyedChange(KEY, query(i), 9);
      counts[offset] = (counts[offset] ?? 0) + 1;
      if (pick < 0.5) picked[offset] = (picked[offset] ?? 0) + 1;
    }
    // 99.99 % of chi-square with 8 degrees of freedom is 31.8.
    const chi = (found: Float64Array, each: number): number =>
      found.reduce((sum, count) => sum + (count - each) ** 2 / each, 0);
    expect(chi(counts, 1000)).toBeLessThan(31.8);
    expect(chi(picked, picked.reduce((sum, count) => sum + count, 0) / 9)).toBeLessThan(31.8);
  });

  it("is never the right one, and each wrong one has one offset", () => {
    for (let right = 0; right < 5; right++) {
      const labels = Array.from({ length: 4 }, (_, offset) => wrongLabel(offset, right));
      expect(new Set([...labels, right]).size).toBe(5);
    }
  });

  it("comes from another key than the tilt", () => {
    const keys = loggedKeys(KEY);
    expect(keys.tilt).not.toEqual(keys.change);
  });
});
