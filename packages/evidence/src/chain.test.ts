import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalBytes, parseCanonical, sha256Hex } from "./canonical.js";
import {
  chainLineBytes,
  chainStart,
  isTime,
  MAX_CHAIN_BYTES,
  MAX_LINE_BYTES,
  MAX_TYPE_LENGTH,
  readChain,
} from "./chain.js";
import { codeOf } from "./test-support/codes.js";
import { chainBytes } from "./test-support/sample-chain.js";

const KIND = "transcript";
const CHAIN = chainBytes(
  KIND,
  Array.from({ length: 6 }, (_, i) => ({ type: "note", body: { text: `line ${i}`, value: i / 3 } })),
);
const LINES = new TextDecoder().decode(CHAIN).split("\n").slice(0, -1);
const HEAD = sha256Hex(utf8ToBytes(LINES.at(-1) ?? ""));

const ofLines = (lines: readonly string[]): Uint8Array =>
  utf8ToBytes(lines.map((line) => `${line}\n`).join(""));
const read = (bytes: Uint8Array, head?: string): unknown =>
  readChain(bytes, { kind: KIND, ...(head === undefined ? {} : { head }) });
/** A line with some fields changed, canonical again. */
const edited = (line: string, change: object): string =>
  new TextDecoder().decode(canonicalBytes({ ...Object(parseCanonical(utf8ToBytes(line))), ...change }));
const withLine = (at: number, line: string): Uint8Array =>
  ofLines(LINES.map((each, i) => (i === at ? line : each)));

describe("chain of lines", () => {
  it("reads back lines, hashes and head", () => {
    const { lines, head } = readChain(CHAIN, { kind: KIND, head: HEAD });
    expect(head).toBe(HEAD);
    expect(lines.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(lines[4]).toMatchObject({ type: "note", body: { text: "line 4", value: 4 / 3 } });
    expect(lines[2]?.hash).toBe(sha256Hex(utf8ToBytes(LINES[2] ?? "")));
  });

  it("is empty where there are no lines", () => {
    expect(readChain(new Uint8Array(0), { kind: KIND })).toEqual({ lines: [], head: chainStart(KIND) });
  });

  it("begins differently for each kind, so that one cannot pass for another", () => {
    expect(codeOf(() => readChain(CHAIN, { kind: "registration", head: HEAD }))).toBe("CHAIN_BROKEN_LINK");
  });

  it("names a line that was not written to its end", () => {
    expect(codeOf(() => read(CHAIN.slice(0, -1)))).toBe("CHAIN_TORN");
    expect(codeOf(() => read(CHAIN.slice(0, -20)))).toBe("CHAIN_TORN");
    expect(codeOf(() => read(concatBytes(CHAIN, utf8ToBytes("{"))))).toBe("CHAIN_TORN");
  });

  it("names the line that was changed", () => {
    const bytes = withLine(2, edited(LINES[2] ?? "", { body: "another" }));
    expect(codeOf(() => read(bytes))).toBe("CHAIN_LINE_CHANGED");
    expect(() => read(bytes)).toThrow("line 2 of the transcript chain was changed");
  });

  it("names the line before the last as changed where the head vouches for the last", () => {
    const bytes = withLine(4, edited(LINES[4] ?? "", { body: "another" }));
    expect(codeOf(() => read(bytes, HEAD))).toBe("CHAIN_LINE_CHANGED");
    expect(codeOf(() => read(bytes))).toBe("CHAIN_BROKEN_LINK");
  });

  it("names a broken link", () => {
    const bytes = withLine(3, edited(LINES[3] ?? "", { prev: "00".repeat(32) }));
    expect(codeOf(() => read(bytes))).toBe("CHAIN_BROKEN_LINK");
    expect(codeOf(() => read(withLine(0, edited(LINES[0] ?? "", { prev: "00".repeat(32) }))))).toBe(
      "CHAIN_BROKEN_LINK",
    );
  });

  it("names lines that are missing, repeated, moved or inserted", () => {
    const [a = "", b = "", c = "", ...rest] = LINES;
    for (const lines of [
      [a, c, ...rest],
      [a, b, b, c, ...rest],
      [a, c, b, ...rest],
      [b, c, ...rest],
    ]) {
      expect(codeOf(() => read(ofLines(lines)))).toBe("CHAIN_ORDER");
    }
  });

  it("notices a missing or changed end only against a known head", () => {
    expect(codeOf(() => read(ofLines(LINES.slice(0, -1))))).toBe("none");
    expect(codeOf(() => read(ofLines(LINES.slice(0, -1)), HEAD))).toBe("CHAIN_HEAD");
    const bytes = withLine(5, edited(LINES[5] ?? "", { body: "another" }));
    expect(codeOf(() => read(bytes, HEAD))).toBe("CHAIN_HEAD");
  });

  it.each([
    " ",
    "",
    "null",
    "[]",
    "{}",
    '{"body":1,"index":0}',
    (LINES[0] ?? "").replace('{"body"', '{ "body"'),
    edited(LINES[0] ?? "", { extra: 1 }),
    edited(LINES[0] ?? "", { index: -1 }),
    edited(LINES[0] ?? "", { index: 0.5 }),
    edited(LINES[0] ?? "", { prev: "AB".repeat(32) }),
    edited(LINES[0] ?? "", { time: "2025-03-01T12:00:00Z" }),
    edited(LINES[0] ?? "", { time: "2025-02-30T12:00:00.000Z" }),
    edited(LINES[0] ?? "", { type: "Note" }),
    edited(LINES[0] ?? "", { type: "n".repeat(MAX_TYPE_LENGTH + 1) }),
  ])("refuses a malformed line (%#)", (line) => {
    expect(codeOf(() => read(ofLines([line])))).toBe("CHAIN_LINE_MALFORMED");
  });

  it("refuses a line or a chain beyond its limit, unread", () => {
    const long = new Uint8Array(MAX_LINE_BYTES + 2).fill(0x20);
    long[long.length - 1] = 0x0a;
    expect(codeOf(() => read(long))).toBe("CHAIN_LINE_TOO_LONG");
    expect(codeOf(() => read(new Uint8Array(MAX_CHAIN_BYTES + 1)))).toBe("CHAIN_TOO_LARGE");
  });

  it("refuses every single changed byte", () => {
    for (let at = 0; at < CHAIN.length; at += 1) {
      for (const mask of [0x01, 0x20, 0x80]) {
        const bytes = CHAIN.map((byte, i) => (i === at ? byte ^ mask : byte));
        expect(codeOf(() => read(bytes, HEAD))).toMatch(/^CHAIN_/);
      }
    }
  });

  it("chains whatever JSON it is given", () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue(), { maxLength: 5 }), (bodies) => {
        const bytes = chainBytes(
          "marks",
          bodies.map((body) => ({ type: "mark", body })),
        );
        const { lines } = readChain(bytes, { kind: "marks" });
        expect(lines.map(({ body }) => body)).toEqual(JSON.parse(JSON.stringify(bodies)));
      }),
    );
  });

  it("writes no line with a type that could not be read", () => {
    const line = { index: 0, prev: chainStart(KIND), time: "2025-03-01T12:00:00.000Z", body: 1 };
    expect(codeOf(() => chainLineBytes({ ...line, type: "Some Type" }))).toBe("CHAIN_LINE_MALFORMED");
  });

  it("takes one form of time", () => {
    expect(isTime("2025-03-01T12:00:00.123Z")).toBe(true);
    for (const time of [
      "2025-03-01T12:00:00.123+00:00",
      "2025-03-01T24:00:00.000Z",
      "+002025-03-01T12:00:00.123Z",
    ]) {
      expect(isTime(time)).toBe(false);
    }
  });
});
