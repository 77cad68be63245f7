import { utf8ToBytes } from "@noble/hashes/utils.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromBase64, toBase64 } from "./base64.js";
import { codeOf } from "./test-support/codes.js";

describe("base64", () => {
  it.each([
    ["", ""],
    ["f", "Zg=="],
    ["fo", "Zm8="],
    ["foo", "Zm9v"],
    ["foob", "Zm9vYg=="],
    ["fooba", "Zm9vYmE="],
    ["foobar", "Zm9vYmFy"],
  ])("writes and reads the vector %j of RFC 4648, section 10", (text, encoded) => {
    expect(toBase64(utf8ToBytes(text))).toBe(encoded);
    expect(fromBase64(encoded)).toEqual(utf8ToBytes(text));
  });

  it("agrees with the platform on all bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString("base64"));
        expect(fromBase64(toBase64(bytes))).toEqual(bytes);
      }),
    );
  });

  it.each([
    "Zg",
    "Zg=",
    "Zh==",
    "Zm9=",
    "Zm8=Zm8=",
    "Z===",
    "====",
    "Zm9v\n",
    " Zm9v",
    "Zm-v",
    "Zm_v",
    "Zmé=",
    "=AAA",
  ])("refuses %j", (text) => {
    expect(codeOf(() => fromBase64(text))).toBe("BASE64_MALFORMED");
  });
});
