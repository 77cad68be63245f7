import type { Answer } from "@indicia/core/suspect";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeAnswer } from "./ask-endpoint.js";
import { oipProtocol } from "./oip.js";
import { declaration } from "./oip-decode.js";
import type { ReceivedAnswer } from "./protocol.js";

function answerOf(json: unknown, bytes?: Uint8Array): ReceivedAnswer {
  const head = Buffer.from(JSON.stringify(json));
  const headers = bytes === undefined ? {} : { "inference-header-content-length": String(head.length) };
  return { status: 200, headers, body: Buffer.concat([head, bytes ?? Buffer.of()]) };
}

function isSound(answer: Answer): boolean {
  if (answer.kind === "lost") return answer.reason !== "";
  if (answer.kind === "label") return Number.isSafeInteger(answer.label) || typeof answer.label === "string";
  return (
    answer.values.length > 0 && answer.values.every((value) => Math.abs(value) < Infinity || value !== value)
  );
}

describe("decoding whatever comes", () => {
  const outputs = fc.record(
    {
      name: fc.oneof(fc.constant("y"), fc.string()),
      datatype: fc.oneof(fc.constantFrom("FP32", "INT64", "BYTES", "BOOL", "FP16"), fc.jsonValue()),
      shape: fc.oneof(fc.array(fc.integer({ min: -1, max: 4 }), { maxLength: 4 }), fc.jsonValue()),
      data: fc.oneof(fc.array(fc.oneof(fc.double(), fc.constant(null), fc.string())), fc.jsonValue()),
      parameters: fc.oneof(
        fc.record({ binary_data_size: fc.oneof(fc.nat(40), fc.jsonValue()) }),
        fc.jsonValue(),
      ),
    },
    { requiredKeys: [] },
  );
  const json = fc.oneof(fc.record({ outputs: fc.array(outputs, { maxLength: 3 }) }), fc.jsonValue());

  it("gives an answer per row, sound or lost, and never throws", () => {
    const protocol = oipProtocol(
      { infer: new URL("http://m.test/"), model: "m", server: null, description: null },
      { output: null, binary: null },
    );
    const status = fc.oneof(fc.constant(200), fc.integer({ min: 100, max: 599 }));
    fc.assert(
      fc.property(
        json,
        fc.uint8Array(),
        status,
        fc.integer({ min: 1, max: 3 }),
        (body, bytes, code, rows) => {
          for (const answer of [answerOf(body), answerOf(body, bytes)]) {
            const { answers } = decodeAnswer(protocol, { ...answer, status: code }, rows);
            expect(answers).toHaveLength(rows);
            expect(answers.every(isSound)).toBe(true);
          }
        },
      ),
      { numRuns: 400 },
    );
  });

  it("describes any output without a crash", () => {
    const nameless = { name: { toString: 0 }, datatype: { toString: 0 }, shape: [{ valueOf: 0 }] };
    expect(declaration(nameless)).toEqual({ name: "", type: null, dims: [null] });
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom("name", "datatype", "shape"), fc.jsonValue()), (each) => {
        const { dims } = declaration(each);
        expect(dims?.every((dim) => dim === null || Number(dim) >= 0) ?? true).toBe(true);
      }),
    );
  });
});
