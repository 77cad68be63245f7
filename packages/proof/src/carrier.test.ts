import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import fc from "fast-check";
import { expect, it } from "vitest";
import { codedBit, readoutCarrier, weightStreamKey, weightWords } from "./carrier.js";
import { carrierSalt, carrierSeed, derivePurpose, deriveSubKey, streamKey } from "./keys.js";
import { portableKeystream } from "./keystream.js";

const owner = hexToBytes("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
const seed = carrierSeed(deriveSubKey(owner, 0), carrierSalt(sha256(new Uint8Array(3)), null));

it("reproduces the ChaCha20 keystream of RFC 8439, appendix A.1", () => {
  const zero = new Uint8Array(32);
  expect(bytesToHex(portableKeystream(zero, 0, 16))).toBe("76b8e0ada0f13d90405d6ae55386bd28");
  expect(bytesToHex(portableKeystream(zero, 1, 16))).toBe("9f07e7be5551387a98ba977c732d080d");
});

it("separates every purpose", () => {
  const keys = [
    ...Array.from({ length: 64 }, (_, i) => deriveSubKey(owner, i)),
    derivePurpose(owner, "signing"),
    derivePurpose(owner, "payload-nonce"),
    seed,
    streamKey(seed, "readout/1"),
    weightStreamKey(seed, "a"),
    weightStreamKey(seed, "b"),
  ].map(bytesToHex);
  expect(new Set(keys).size).toBe(keys.length);
  expect(() => deriveSubKey(owner, 64)).toThrow(RangeError);
  expect(() => deriveSubKey(owner.slice(1), 0)).toThrow(RangeError);
});

it("salts by the commitment, and by the beacon where there is one", () => {
  const commitment = sha256(new Uint8Array(1));
  expect(carrierSalt(commitment, null)).toEqual(commitment);
  expect(carrierSalt(commitment, new Uint8Array(8))).not.toEqual(commitment);
  expect(() => carrierSalt(new Uint8Array(31), null)).toThrow(RangeError);
});

it("freezes scheme readout/1 and weights/1", () => {
  // These bytes may never change: marked models are out there.
  const signs = readoutCarrier(seed, 4, 8, portableKeystream);
  expect([...signs].map((s) => (s > 0 ? "+" : "-")).join("")).toMatchInlineSnapshot(
    `"++-+--+--+--------------+++--+--"`,
  );
  expect([...weightWords(weightStreamKey(seed, "layer"), 0, 4, portableKeystream)]).toMatchInlineSnapshot(`
    [
      28300,
      64007,
      14844,
      60337,
    ]
  `);
});

it("gives random access to weight words", () => {
  const key = weightStreamKey(seed, "layer");
  const all = weightWords(key, 0, 1000, portableKeystream);
  fc.assert(
    fc.property(fc.nat(900), fc.integer({ min: 1, max: 100 }), (start, count) => {
      expect(weightWords(key, start, count, portableKeystream)).toEqual(all.slice(start, start + count));
    }),
  );
});

it("spreads words evenly over signs, pilot and coded bits", () => {
  const words = weightWords(weightStreamKey(seed, "spread"), 0, 200_000, portableKeystream);
  let signs = 0;
  let payload = 0;
  const bits = new Float64Array(1184);
  for (const word of words) {
    signs += word & 1;
    payload += (word >> 1) & 1;
    const index = codedBit(word, 1184);
    bits[index] = (bits[index] ?? 0) + 1;
  }
  expect(Math.abs(signs - 100_000)).toBeLessThan(6 * Math.sqrt(50_000));
  expect(Math.abs(payload - 100_000)).toBeLessThan(6 * Math.sqrt(50_000));
  expect(Math.min(...bits)).toBeGreaterThan(100);
  expect(Math.max(...bits)).toBeLessThan(250);
});
