import { bytesToHex, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  canonicalBytes,
  canonicalText,
  MAX_JSON_DEPTH,
  parseCanonical,
  parseJson,
  portableSha256,
  sha256Hex,
} from "./canonical.js";
import { nativeSha256 } from "./hash-file.js";
import { codeOf } from "./test-support/codes.js";

describe("canonical JSON of RFC 8785", () => {
  it("serialises the sample of section 3.2.2", () => {
    const input = String.raw`{
      "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
      "literals": [null, true, false]
    }`;
    const expected =
      "7b226c69746572616c73223a5b6e756c6c2c747275652c66616c73655d2c226e756d62657273223a5b3333333333333333332e333333333333332c" +
      "31652b33302c342e352c302e3030322c31652d32375d2c22737472696e67223a22e282ac245c75303030665c6e4127425c225c5c5c5c5c222f227d";
    expect(bytesToHex(canonicalBytes(parseJson(utf8ToBytes(input))))).toBe(expected);
  });

  it("sorts keys by UTF-16 code units, as in section 3.2.3", () => {
    const input = {
      "\u20ac": "Euro Sign",
      "\r": "Carriage Return",
      "\ufb33": "Hebrew Letter Dalet With Dagesh",
      "1": "One",
      "\u{1f600}": "Emoji: Grinning Face",
      "\u0080": "Control",
      "\u00f6": "Latin Small Letter O With Diaeresis",
    };
    expect(Object.values(JSON.parse(canonicalText(input).replaceAll('"1":', '"_1":')))).toEqual([
      "Carriage Return",
      "One",
      "Control",
      "Latin Small Letter O With Diaeresis",
      "Euro Sign",
      "Emoji: Grinning Face",
      "Hebrew Letter Dalet With Dagesh",
    ]);
  });

  it.each([
    ["0000000000000000", "0"],
    ["8000000000000000", "0"],
    ["0000000000000001", "5e-324"],
    ["8000000000000001", "-5e-324"],
    ["7fefffffffffffff", "1.7976931348623157e+308"],
    ["ffefffffffffffff", "-1.7976931348623157e+308"],
    ["4340000000000000", "9007199254740992"],
    ["c340000000000000", "-9007199254740992"],
    ["4430000000000000", "295147905179352830000"],
    ["44b52d02c7e14af5", "9.999999999999997e+22"],
    ["44b52d02c7e14af6", "1e+23"],
    ["44b52d02c7e14af7", "1.0000000000000001e+23"],
    ["444b1ae4d6e2ef4e", "999999999999999700000"],
    ["444b1ae4d6e2ef4f", "999999999999999900000"],
    ["444b1ae4d6e2ef50", "1e+21"],
    ["3eb0c6f7a0b5ed8c", "9.999999999999997e-7"],
    ["3eb0c6f7a0b5ed8d", "0.000001"],
    ["41b3de4355555553", "333333333.3333332"],
    ["41b3de4355555554", "333333333.33333325"],
    ["41b3de4355555555", "333333333.3333333"],
    ["41b3de4355555556", "333333333.3333334"],
    ["41b3de4355555557", "333333333.33333343"],
    ["becbf647612f3696", "-0.0000033333333333333333"],
    ["43143ff3c1cb0959", "1424953923781206.2"],
  ])("writes the number %s of appendix B as %s", (bits, text) => {
    expect(canonicalText(new DataView(hexToBytes(bits).buffer).getFloat64(0))).toBe(text);
  });

  it.each([
    Number.NaN,
    Number.POSITIVE_INFINITY,
    undefined,
    () => 1,
    Symbol("s"),
    10n,
    new Date(0),
    new Map([["a", 1]]),
    Uint8Array.of(1),
    [undefined],
    { nested: [{ value: Number.NaN }] },
    "\ud800",
    { "\udc00": 1 },
  ])("refuses what JSON cannot hold (%#)", (value) => {
    expect(codeOf(() => canonicalText(value))).toBe("JSON_UNREPRESENTABLE");
  });

  it("leaves out undefined properties", () => {
    expect(canonicalText({ b: undefined, a: 1 })).toBe('{"a":1}');
  });

  it("refuses values that nest without end", () => {
    const loop: { inner?: unknown } = {};
    loop.inner = loop;
    expect(codeOf(() => canonicalText(loop))).toBe("JSON_TOO_DEEP");
  });

  it("reads back what it wrote, and writes that the same", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        const bytes = canonicalBytes(value);
        expect(canonicalBytes(parseCanonical(bytes))).toEqual(bytes);
        expect(parseJson(bytes)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it("accepts one spelling only: every other is refused", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.integer({ min: 1, max: 4 }), (value, indent) => {
        const spaced = JSON.stringify([value], null, indent);
        expect(codeOf(() => parseCanonical(utf8ToBytes(spaced)))).toBe("JSON_NOT_CANONICAL");
      }),
    );
  });
});

const nested = (depth: number): Uint8Array => utf8ToBytes("[".repeat(depth) + "]".repeat(depth));

describe("strict reading", () => {
  it.each([
    ['{"a":1,"a":2}', "JSON_DUPLICATE_KEY"],
    [String.raw`{"a":1,"\u0061":2}`, "JSON_DUPLICATE_KEY"],
    [String.raw`{"\\":1,"x":{"y":[]},"\\":2}`, "JSON_DUPLICATE_KEY"],
    ['[{"__proto__":1,"__proto__":2}]', "JSON_DUPLICATE_KEY"],
    ["\u{feff}{}", "JSON_MALFORMED"],
    ["{} ,", "JSON_MALFORMED"],
    ["[1,]", "JSON_MALFORMED"],
    ["01", "JSON_MALFORMED"],
    ["NaN", "JSON_MALFORMED"],
    ["", "JSON_MALFORMED"],
    ["'a'", "JSON_MALFORMED"],
  ])("refuses %s", (text, code) => {
    expect(codeOf(() => parseJson(utf8ToBytes(text)))).toBe(code);
  });

  it.each([
    '{"a":{"a":1},"b":{"a":2}}',
    '["a","a",":",":"]',
    String.raw`{"a":"\"a\":1,\"a\":","b\\":"a"}`,
    '{"a":"b","b":"a"}',
  ])("accepts %s, where no object has a key twice", (text) => {
    expect(codeOf(() => parseJson(utf8ToBytes(text)))).toBe("none");
  });

  it.each([
    ['{"b":1,"a":2}', "JSON_NOT_CANONICAL"],
    ["1.0", "JSON_NOT_CANONICAL"],
    ["-0", "JSON_NOT_CANONICAL"],
    ["1e999", "JSON_NOT_CANONICAL"],
    [String.raw`"\ud800"`, "JSON_NOT_CANONICAL"],
    [String.raw`"\u0041"`, "JSON_NOT_CANONICAL"],
    ['{"a":1} ', "JSON_NOT_CANONICAL"],
    ['{"a":1,"a":1}', "JSON_DUPLICATE_KEY"],
  ])("refuses %s as canonical", (text, code) => {
    expect(codeOf(() => parseCanonical(utf8ToBytes(text)))).toBe(code);
  });

  it("refuses bytes that are not UTF-8", () => {
    expect(codeOf(() => parseJson(Uint8Array.of(0x22, 0xff, 0x22)))).toBe("JSON_MALFORMED");
    // U+D800 as three bytes, and "A" as two.
    expect(codeOf(() => parseJson(Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22)))).toBe("JSON_MALFORMED");
    expect(codeOf(() => parseJson(Uint8Array.of(0x22, 0xc1, 0x81, 0x22)))).toBe("JSON_MALFORMED");
  });

  it("bounds size and depth", () => {
    expect(codeOf(() => parseCanonical(nested(MAX_JSON_DEPTH)))).toBe("none");
    expect(codeOf(() => parseCanonical(nested(MAX_JSON_DEPTH + 1)))).toBe("JSON_TOO_DEEP");
    expect(codeOf(() => parseCanonical(nested(1_000_000)))).toBe("JSON_TOO_DEEP");
    expect(codeOf(() => parseJson(nested(4), { maxDepth: 3 }))).toBe("JSON_TOO_DEEP");
    expect(codeOf(() => parseJson(utf8ToBytes('"12345678"'), { maxBytes: 9 }))).toBe("JSON_TOO_LARGE");
  });

  it("keeps a key that could reach the prototype as plain data", () => {
    const value = parseCanonical(utf8ToBytes('{"__proto__":{"polluted":true}}'));
    expect(Object.keys(Object(value))).toEqual(["__proto__"]);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });
});

describe("SHA-256", () => {
  it("hashes the FIPS 180-4 example, portably and by the platform", () => {
    const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    expect(sha256Hex(utf8ToBytes("abc"))).toBe(abc);
    expect(sha256Hex(utf8ToBytes("abc"), nativeSha256)).toBe(abc);
  });

  it("is the same by both", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(new Uint8Array(nativeSha256(bytes))).toEqual(portableSha256(bytes));
      }),
    );
  });
});
