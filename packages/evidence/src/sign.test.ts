import { createPrivateKey, sign as nodeSign } from "node:crypto";
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  preAuthenticationEncoding,
  publicKey,
  sign,
  signBytes,
  verifyBytes,
  verifySignature,
} from "./sign.js";
import { codeOf } from "./test-support/codes.js";

/** RFC 8032, section 7.1: seed, public key, message, signature. */
const VECTORS: readonly [string, string, string, string][] = [
  [
    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    "",
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
  ],
  [
    "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
    "72",
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
  ],
  [
    "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
    "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
    "af82",
    "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
  ],
];

const SEED = new Uint8Array(32).fill(9);
const SIGNED = { type: "application/x-test", payload: utf8ToBytes("hello") };
/** Order of the group, little-endian (RFC 8032, section 5.1). */
const ORDER = hexToBytes("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");

const flip = (bytes: Uint8Array, bit: number): Uint8Array =>
  bytes.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));

describe("Ed25519", () => {
  it.each(VECTORS)("keeps to the vector of RFC 8032 with seed %s", (seed, key, message, signature) => {
    expect(bytesToHex(publicKey(hexToBytes(seed)))).toBe(key);
    expect(bytesToHex(signBytes(hexToBytes(seed), hexToBytes(message)))).toBe(signature);
    expect(verifyBytes(hexToBytes(signature), hexToBytes(message), hexToBytes(key))).toBe(true);
  });

  it("agrees with the platform", () => {
    // A seed becomes a PKCS #8 key by a fixed prefix (RFC 8410, section 7).
    const der = concatBytes(hexToBytes("302e020100300506032b657004220420"), SEED);
    const key = createPrivateKey({ key: Buffer.from(der), format: "der", type: "pkcs8" });
    const theirs = nodeSign(null, preAuthenticationEncoding(SIGNED), key);
    expect(new Uint8Array(theirs)).toEqual(sign(SEED, SIGNED));
  });

  it("refuses any changed bit of signature, key, type or payload", () => {
    const signature = sign(SEED, SIGNED);
    const key = publicKey(SEED);
    expect(verifySignature(signature, SIGNED, key)).toBe(true);
    fc.assert(
      fc.property(fc.nat({ max: 511 }), fc.nat({ max: 255 }), (s, k) => {
        expect(verifySignature(flip(signature, s), SIGNED, key)).toBe(false);
        expect(verifySignature(signature, SIGNED, flip(key, k))).toBe(false);
      }),
    );
    expect(verifySignature(signature, { ...SIGNED, type: "application/x-other" }, key)).toBe(false);
    expect(verifySignature(signature, { ...SIGNED, payload: utf8ToBytes("hellp") }, key)).toBe(false);
    expect(verifySignature(signature.slice(1), SIGNED, key)).toBe(false);
    expect(verifySignature(signature, SIGNED, key.slice(1))).toBe(false);
  });

  it("refuses the same signature with the group order added to S", () => {
    const signature = sign(SEED, SIGNED);
    let carry = 0;
    const varied = signature.map((byte, i) => {
      if (i < 32) return byte;
      const sum = byte + (ORDER[i - 32] ?? 0) + carry;
      carry = sum >> 8;
      return sum & 255;
    });
    expect(verifySignature(varied, SIGNED, publicKey(SEED))).toBe(false);
  });

  it("refuses a key of small order, under which one signature fits many messages", () => {
    const identity = hexToBytes(`01${"00".repeat(31)}`);
    const signature = concatBytes(identity, new Uint8Array(32));
    expect(verifyBytes(signature, utf8ToBytes("anything"), identity)).toBe(false);
  });

  it("refuses a seed of another length", () => {
    expect(codeOf(() => publicKey(new Uint8Array(31)))).toBe("KEY_INVALID");
    expect(codeOf(() => sign(new Uint8Array(33), SIGNED))).toBe("KEY_INVALID");
  });
});

describe("pre-authentication encoding", () => {
  it("is that of the example in the DSSE protocol", () => {
    const encoded = preAuthenticationEncoding({
      type: "http://example.com/HelloWorld",
      payload: utf8ToBytes("hello world"),
    });
    expect(new TextDecoder().decode(encoded)).toBe("DSSEv1 29 http://example.com/HelloWorld 11 hello world");
  });

  it("counts bytes, not characters", () => {
    const encoded = preAuthenticationEncoding({ type: "é", payload: utf8ToBytes("ß") });
    expect(new TextDecoder().decode(encoded)).toBe("DSSEv1 2 é 2 ß");
  });
});
