import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseAnswer, parseJson } from "./parse-json.js";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const parse = (text: string): unknown => parseJson(bytes(text), (reason) => new RangeError(reason));

function thrownBy(run: () => unknown): unknown {
  try {
    run();
    return null;
  } catch (error) {
    return error;
  }
}

describe("parseJson", () => {
  it("reads all that JSON is", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 10 }), (text) => {
        expect(parse(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it("understands bare NaN and Infinity, outside of strings", () => {
    expect(parse('{"NaN": [NaN, Infinity, -Infinity, 1.5, "Infinity", "a\\"NaN"]}')).toEqual({
      NaN: [null, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1.5, "Infinity", 'a"NaN'],
    });
    expect(() => parse("[NaNNaN]")).toThrow(RangeError);
    expect(() => parse("[Nan]")).toThrow(RangeError);
  });

  it("refuses deep nesting before it parses", () => {
    expect(parse(`${"[".repeat(32)}${"]".repeat(32)}`)).toBeInstanceOf(Array);
    expect(() => parse("[".repeat(33))).toThrow("deeply");
    expect(() => parse(`[${"{".repeat(2_000_000)}`)).toThrow("deeply");
    expect(parse(`["${"[".repeat(100)}", "\\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["]`)).toHaveLength(2);
  });

  it("survives a long string beside a bare number", () => {
    expect(parse(`["${"x".repeat(3_000_000)}", NaN]`)).toHaveLength(2);
  });

  it("takes time in proportion to the answer, for texts that do not end too", () => {
    // With time by the square these would not end within the test's.
    expect(() => parse(`[NaN, "${'\\"'.repeat(500_000)}`)).toThrow(RangeError);
    expect(() => parse(`[NaN, "${"\\".repeat(1_000_001)}`)).toThrow(RangeError);
    expect(parse(`[NaN, "${'\\"'.repeat(300_000)}"]`)).toHaveLength(2);
  });

  it("neither crashes nor changes a prototype, whatever it is given", () => {
    const pieces = [
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      '"',
      "\\",
      "NaN",
      "-Infinity",
      "1e999",
      '"__proto__"',
      "null",
      "é",
    ];
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string())), (parts) => {
        const refused = new RangeError("refused");
        const run = (): unknown => parseJson(bytes(parts.join("")), () => refused);
        expect(thrownBy(run)).toSatisfy((error) => error === null || error === refused);
      }),
      { numRuns: 500 },
    );
    expect(parse('{"__proto__": {"polluted": NaN}}')).not.toHaveProperty("polluted", null);
    expect({}).not.toHaveProperty("polluted");
  });

  it("takes the last of members that share a name, as replaying will", () => {
    expect(parse('{"a": 1, "a": 2}')).toEqual({ a: 2 });
  });

  it("gives answers that are none their code", () => {
    for (const text of ["", "<!doctype html><p>hello", "{", "\u0000", "[Nan]", "-NaN", '{"a"']) {
      expect(() => parseAnswer(bytes(text))).toThrow(expect.objectContaining({ code: "SUSPECT_PROTOCOL" }));
    }
  });
});
