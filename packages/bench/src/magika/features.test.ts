import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { magikaApplies, magikaTokens } from "./features.js";

const P = 256;
const TWO = { begin: 4, middle: 0, end: 4, block: 8, padding: P, smallest: 2 };
const THREE = { begin: 4, middle: 4, end: 4, block: 8, padding: P, smallest: 2 };
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
/** Tokens as text, padding as `_`. */
const shown = (tokens: Uint16Array): string =>
  [...tokens].map((t) => (t === P ? "_" : String.fromCharCode(t))).join("");

describe("models without a middle", () => {
  it.each([
    ["abcdefgh", "abcdefgh"],
    ["abcdefghijkl", "abcdijkl"],
    ["ab", "ab____ab"],
    ["  ab\n", "ab\n_  ab"],
    // The leading block is 8 bytes, all white space; the rest is not looked at.
    ["         abc", "____ abc"],
    ["", "________"],
  ])("cuts %j into %j", (content, tokens) => {
    expect(shown(magikaTokens(TWO, bytes(content)))).toBe(tokens);
  });

  it("strips either end on its own side only, as lstrip and rstrip do", () => {
    expect(shown(magikaTokens(TWO, bytes("\t\u000b\f\r\nab cd \n")))).toBe("ab _b cd");
  });
});

describe("models with a middle", () => {
  it.each([
    // Shorter than two blocks and a middle: stripped as a whole, and cut three times.
    ["abcdefgh", "abcdcdefefgh"],
    ["  ab  ", "ab___ab___ab"],
    ["abc", "abc_abc__abc"],
    ["abcdefghijklmnopqrst", "abcdijklqrst"],
    // Four bytes stripped at the beginning move the middle by two.
    ["    efghijklmnopqrst", "efghklmnqrst"],
    ["abcdefghijklmnop    ", "abcdghijmnop"],
  ])("cuts %j into %j", (content, tokens) => {
    expect(shown(magikaTokens(THREE, bytes(content)))).toBe(tokens);
  });
});

describe("magikaTokens", () => {
  const window = fc.constantFrom(TWO, THREE);
  const content = fc.string({ unit: fc.constantFrom(" ", "\n", "a", "b", "c"), maxLength: 60 }).map(bytes);

  it("gives every model its width, of bytes or padding", () => {
    fc.assert(
      fc.property(window, content, (given, file) => {
        const tokens = magikaTokens(given, file);
        expect(tokens).toHaveLength(given.begin + given.middle + given.end);
        expect([...tokens].every((token) => token === P || file.includes(token))).toBe(true);
      }),
    );
  });

  it("looks at nothing between the blocks of a model without a middle", () => {
    fc.assert(
      fc.property(content, content, (first, second) => {
        const around = (inner: Uint8Array): Uint8Array =>
          bytes(`begin---${new TextDecoder().decode(inner)}----end!`);
        expect(magikaTokens(TWO, around(first))).toEqual(magikaTokens(TWO, around(second)));
      }),
    );
  });
});

describe("magikaApplies", () => {
  it("leaves out what is too short or blank", () => {
    expect(magikaApplies(TWO, bytes("a"))).toBe(false);
    expect(magikaApplies(TWO, bytes("   a   "))).toBe(true);
    expect(magikaApplies(TWO, bytes("       a"))).toBe(false);
    expect(magikaApplies(THREE, bytes("   ab  "))).toBe(true);
  });
});
