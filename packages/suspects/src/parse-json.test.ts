import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseAnswer, parseJson } from "./parse-json.js";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const parse = (text: string): unknown => parseJson(bytes(text), (reason) => new RangeError(reason));

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

  it("gives answers that are none their code", () => {
    for (const text of ["", "<!doctype html><p>hello", "{", "\u0000"]) {
      expect(() => parseAnswer(bytes(text))).toThrow(expect.objectContaining({ code: "SUSPECT_PROTOCOL" }));
    }
  });
});
