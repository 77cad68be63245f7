import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  crc32,
  decodedPayloadCorrection,
  decodePayload,
  encodePayload,
  PAYLOAD_BITS,
  PAYLOAD_BYTES,
  payloadBitErrors,
  payloadBytes,
} from "./payload.js";
import { CODED_BITS } from "./payload-code.js";

const clean = (coded: Uint8Array, gain = 1): Float64Array =>
  Float64Array.from(coded, (bit) => (bit ? -gain : gain));
const payloads = fc
  .string({ unit: "grapheme", maxLength: 32 })
  .filter((text) => !text.includes("\0") && utf8ToBytes(text).length <= PAYLOAD_BYTES);

describe("crc32", () => {
  it("gives the check value of the CRC catalogue", () => {
    expect(crc32(utf8ToBytes("123456789"))).toBe(0xcbf43926);
  });
});

describe("encodePayload", () => {
  it("stays what it is: copies marked today are read for ever", () => {
    const coded = encodePayload("Käufer 0042");
    expect(coded).toHaveLength(CODED_BITS);
    expect(bytesToHex(sha256(coded))).toBe(
      "6726f72605f8b343f2fbec8b7205663fa3d10b58f7d6302e384a9703d17ab1a9",
    );
  });

  it("refuses what would not come back", () => {
    expect(() => encodePayload("é".repeat(17))).toThrow(RangeError);
    expect(() => encodePayload("a\0b")).toThrow(/NUL/);
    expect(() => encodePayload("a\ud800")).toThrow(/surrogate/);
    expect(payloadBytes("é".repeat(16))).toHaveLength(PAYLOAD_BYTES);
  });
});

describe("decodePayload", () => {
  it("returns every text that can be encoded", () => {
    fc.assert(
      fc.property(payloads, fc.double({ min: 1e-9, max: 1e9, noNaN: true }), (text, gain) => {
        const decoded = decodePayload(clean(encodePayload(text), gain));
        expect(decoded).toMatchObject({ text, crcOk: true, codedBitErrors: 0 });
        expect(payloadBitErrors(decoded.bytes, text)).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  it("corrects any 11 wrong coded bits, half the free distance", () => {
    fc.assert(
      fc.property(
        payloads,
        fc.uniqueArray(fc.nat(CODED_BITS - 1), { minLength: 11, maxLength: 11 }),
        (text, wrong) => {
          const soft = clean(encodePayload(text));
          for (const j of wrong) soft[j] = -(soft[j] ?? 0);
          expect(decodePayload(soft)).toMatchObject({ text, crcOk: true, codedBitErrors: 11 });
        },
      ),
      { numRuns: 60 },
    );
  });

  it("fills 290 erased bits in a row out of 1184 spread ones", () => {
    const soft = clean(encodePayload("half of it is gone"));
    for (let j = 0; j < CODED_BITS; j += 4) soft[j] = 0;
    expect(decodePayload(soft).text).toBe("half of it is gone");
  });

  it("says so when nothing is there", () => {
    for (const soft of [new Float64Array(CODED_BITS), clean(encodePayload("x")).fill(1)]) {
      expect(decodePayload(soft)).toMatchObject({ text: null, crcOk: false });
    }
  });

  it("counts message bits against an expected text", () => {
    const { bytes } = decodePayload(clean(encodePayload("copy 1")));
    expect(payloadBitErrors(bytes, "copy 0")).toBe(1);
    expect(payloadBitErrors(new Uint8Array(PAYLOAD_BYTES).fill(255), "")).toBe(PAYLOAD_BITS);
  });

  it("insists on the number of soft values", () => {
    expect(() => decodePayload(new Float64Array(CODED_BITS - 1))).toThrow(RangeError);
  });
});

describe("decodedPayloadCorrection", () => {
  it("pays for every message that could have been chosen", () => {
    const { lnFactor } = decodedPayloadCorrection();
    expect(lnFactor / Math.LN2).toBeCloseTo(256, 10);
  });
});
