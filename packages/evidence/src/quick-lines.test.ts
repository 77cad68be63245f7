import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromBase64 } from "./base64.js";
import { chainLineBytes, isTime, readChainLine } from "./chain.js";
import { portableSha256 } from "./canonical.js";
import { createQuickLines, QuickAnswer, QuickIntent } from "./quick-lines.js";
import { answerBodyAt, INTENT_BODY_AT, lineBody } from "./recorded-exchange.js";
import { answerSchema, intentSchema } from "./transcript-records.js";

const HASH = "ab".repeat(32);
const INTENT = {
  method: "POST",
  url: "http://suspect.example/infer?a=1",
  headers: { "content-type": "application/json" },
  body: "eyJpbnB1dHMiOlsxXX0=",
  sha256: HASH,
  probes: [0, 17],
};
const ANSWER = {
  intent: 3,
  status: 200,
  headers: {},
  body: "AAEC",
  sha256: HASH,
  address: "192.0.2.7",
  certificate: HASH,
};
const lineOf = (type: string, body: unknown, index = 4): Uint8Array =>
  chainLineBytes({ index, prev: HASH, time: "2026-02-28T23:59:59.999Z", type, body });
const LINES = [
  lineOf("intent", INTENT),
  lineOf("intent", { ...INTENT, headers: {}, body: "", probes: [] }),
  lineOf("answer", ANSWER),
  lineOf("answer", { ...ANSWER, address: null, certificate: null, body: "" }),
];

/** What the strict reader makes of a line, with the record of its schema; null where it or its body is refused. */
function strictly(bytes: Uint8Array): unknown {
  try {
    const { index, prev, time, type, body } = readChainLine(bytes, { where: "it", sha256: portableSha256 });
    const record = type === "intent" ? intentSchema.parse(body) : answerSchema.parse(body);
    fromBase64(record.body);
    return { index, prev, time, type, record };
  } catch {
    return null;
  }
}

/** The same of the quick reader; undefined where the line is left to the strict one, as one whose time is none. */
function quickly(bytes: Uint8Array): unknown {
  const found = createQuickLines()(bytes);
  if (found === null || !isTime(found.time)) return undefined;
  const { index, prev, time, type, body } = found;
  if (!(body instanceof QuickIntent || body instanceof QuickAnswer)) return found;
  try {
    // Nobody takes a line whose body is no base64.
    const at = body instanceof QuickIntent ? INTENT_BODY_AT : body.bodyAt;
    const text = Buffer.from(lineBody(bytes, at)).toString("base64");
    return { index, prev, time, type, record: { ...body.record, body: text } };
  } catch {
    return null;
  }
}

describe("lines read quickly", () => {
  it("are read, intents and answers alike", () => {
    for (const line of LINES) {
      expect(quickly(line)).not.toBeUndefined();
      expect(quickly(line)).toEqual(strictly(line));
    }
  });

  it.each([
    ["notes", lineOf("note", { kind: "access", body: {} })],
    ["losses", lineOf("lost", { intent: 1, reason: "late" })],
    ["texts with escapes", lineOf("intent", { ...INTENT, url: 'a"b' })],
    ["texts beyond ASCII", lineOf("intent", { ...INTENT, url: "für" })],
    ["statuses that are none", lineOf("answer", { ...ANSWER, status: 1000 })],
    ["headers with values that are no text", lineOf("answer", { ...ANSWER, headers: { a: 1 } })],
    ["fields that are too many", lineOf("answer", { ...ANSWER, extra: 1 })],
  ])("leave %s to the strict reader", (_, line) => {
    expect(quickly(line)).toBeUndefined();
  });

  it("say what the strict reader says of lines that were changed, or leave them to it", () => {
    const piece = fc.oneof(
      fc.uint8Array({ minLength: 0, maxLength: 3 }),
      fc
        .constantFrom(
          '"',
          '\\"',
          "}",
          ',"body":"',
          '{"body":{"body":"',
          '},"intent":1',
          "=",
          "00",
          "-1",
          "1e3",
        )
        .map((text) => new TextEncoder().encode(text)),
    );
    fc.assert(
      fc.property(fc.constantFrom(...LINES), fc.nat(), fc.nat(4), piece, (line, where, cut, put) => {
        const at = where % line.length;
        const changed = Buffer.concat([line.subarray(0, at), put, line.subarray(at + cut)]);
        const quick = quickly(changed);
        expect(quick === undefined ? [] : [quick]).toEqual(quick === undefined ? [] : [strictly(changed)]);
      }),
      { numRuns: 5000 },
    );
  });

  it("finds the body of an answer, however it was read", () => {
    for (const address of [null, "", 'quoted "address"', "größe"]) {
      const line = lineOf("answer", { ...ANSWER, address });
      expect(lineBody(line, answerBodyAt({ address }))).toEqual(Uint8Array.of(0, 1, 2));
    }
  });
});
