import { describe, expect, it } from "vitest";
import type { EvidenceErrorCode } from "./error.js";
import { codeOf } from "./test-support/codes.js";
import { chainBytes, type LooseLine } from "./test-support/sample-chain.js";
import { sampleTranscript } from "./test-support/sample-transcript.js";
import { readTranscript } from "./transcript.js";

const LINES = sampleTranscript("ab".repeat(32));

const codeOfLines = (lines: readonly LooseLine[]): string =>
  codeOf(() => readTranscript(chainBytes("transcript", lines)));
const withLine = (at: number, line: LooseLine): LooseLine[] =>
  LINES.map((each, i) => (i === at ? line : each));
const withBody = (at: number, change: object): LooseLine[] =>
  LINES.map((line, i) => (i === at ? { ...line, body: { ...Object(line.body), ...change } } : line));

describe("reading a transcript", () => {
  it("accepts the sample", () => {
    const { exchanges, entries } = readTranscript(chainBytes("transcript", LINES));
    expect(entries).toBe(6);
    expect(exchanges.map(({ outcome }) => outcome.kind)).toEqual(["answer", "lost"]);
    expect(new TextDecoder().decode(exchanges[0]?.request.body)).toBe('{"inputs":[1,2,3]}');
  });

  const tampered: readonly [string, LooseLine[], EvidenceErrorCode][] = [
    ["nothing at all", [], "TRANSCRIPT_MALFORMED"],
    ["no first line", LINES.slice(1), "TRANSCRIPT_MALFORMED"],
    ["two first lines", [...LINES.slice(0, 1), ...LINES], "TRANSCRIPT_MALFORMED"],
    ["a line of an unknown type", withLine(3, { type: "whisper", body: {} }), "TRANSCRIPT_MALFORMED"],
    ["an unknown version", withBody(0, { version: 2 }), "TRANSCRIPT_MALFORMED"],
    ["an unknown field", withBody(1, { extra: 1 }), "TRANSCRIPT_MALFORMED"],
    ["a status that is none", withBody(2, { status: 1000 }), "TRANSCRIPT_MALFORMED"],
    ["a request body that was changed", withBody(1, { body: "AAAA" }), "TRANSCRIPT_BODY_CHANGED"],
    ["an answer body that was changed", withBody(2, { body: "AAAA" }), "TRANSCRIPT_BODY_CHANGED"],
    ["a hash that was changed", withBody(2, { sha256: "00".repeat(32) }), "TRANSCRIPT_BODY_CHANGED"],
    ["a body that is not base64", withBody(2, { body: "?" }), "BASE64_MALFORMED"],
    ["an answer to no intent", withBody(2, { intent: 3 }), "TRANSCRIPT_UNKNOWN_INTENT"],
    ["an answer to a later intent", withBody(2, { intent: 4 }), "TRANSCRIPT_UNKNOWN_INTENT"],
    ["a second end", withBody(5, { intent: 1 }), "TRANSCRIPT_SETTLED_TWICE"],
  ];

  it.each(tampered)("refuses %s", (_, lines, code) => {
    expect(codeOfLines(lines)).toBe(code);
  });
});
