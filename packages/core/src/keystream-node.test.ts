import { type Keystream, portableKeystream } from "@indicia/proof/keystream";
import { hexToBytes } from "@noble/hashes/utils.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nodeKeystream } from "./keystream-node.js";

const plain = (stream: Keystream, ...args: Parameters<Keystream>): number[] => [...stream(...args)];

describe("nodeKeystream", () => {
  it("gives the block of RFC 8439, appendix A.1, test vector 1", () => {
    const expected = hexToBytes(
      "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7" +
        "da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586",
    );
    expect(plain(nodeKeystream, new Uint8Array(32), 0, 64)).toEqual([...expected]);
  });

  it("equals the portable keystream from any block", () => {
    const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
    const block = fc.oneof(fc.nat(1000), fc.integer({ min: 2 ** 31 - 2, max: 2 ** 32 - 20 }));
    fc.assert(
      fc.property(key, block, fc.nat(1200), (secret, first, length) => {
        expect(plain(nodeKeystream, secret, first, length)).toEqual(
          plain(portableKeystream, secret, first, length),
        );
      }),
    );
  });

  it("is seamless over its own pieces", () => {
    const key = new Uint8Array(32).fill(7);
    const length = 2 ** 20 + 129;
    const whole = nodeKeystream(key, 5, length);
    expect(whole).toHaveLength(length);
    expect([...whole.subarray(2 ** 20)]).toEqual(plain(portableKeystream, key, 5 + 2 ** 14, 129));
  });

  it("does not wrap around", () => {
    expect(() => nodeKeystream(new Uint8Array(32), 2 ** 32 - 1, 65)).toThrow(RangeError);
  });
});
