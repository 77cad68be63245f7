import { fingerprint } from "@indicia/data/fingerprint";
import { readNpz } from "@indicia/data/npz";
import type { AnsweredQuery } from "@indicia/evidence/query-segment-file";
import type { Tensor } from "@indicia/onnx/tensor";
import { describe, expect, it } from "vitest";
import type { Answer, Asked, ServedModel } from "./defence.js";
import { callerWith } from "../test-support/caller.js";
import { queryLogDefence } from "./query-log.js";

const feeds: Record<string, Tensor> = {
  x: { type: "float32", dims: [2, 2], data: Float32Array.of(1, 2, 3, 4) },
};
const first = { x: { type: "float32", dims: [1, 2], data: Float32Array.of(1, 2) } } as const;
const model: ServedModel = {
  name: "m",
  version: "1",
  inputs: [],
  outputs: [],
  features: false,
  scores: null,
};
const asked: Asked = {
  ...callerWith({}),
  requestId: "r1",
  account: { id: "key-7", organisation: null, scopes: [], customer: "alice" },
  model,
  feeds,
  rows: 2,
  suspicion: 0,
};

async function recorded(sent: Tensor, answer: Answer | null): Promise<AnsweredQuery[]> {
  const log: AnsweredQuery[] = [];
  const defence = queryLogDefence({
    answered: async (queries) => void log.push(...queries),
    close: async () => {},
  });
  await defence.record?.(asked, sent, { answer, outputs: { y: sent } });
  return log;
}

describe("the query log before an answer leaves", () => {
  it("has who asked what in which request, and what is sent after every policy", async () => {
    const sent: Tensor = { type: "float32", dims: [2, 2], data: Float32Array.of(0, -Infinity, 0.25, 0.75) };
    const answer: Answer = {
      rows: 2,
      classes: 2,
      values: new Float64Array(4),
      scale: "logits",
      logits: null,
      features: null,
      queries: ["aa", "bb"],
      changed: [false, true],
    };
    const [one, two] = await recorded(sent, answer);
    expect(one).toMatchObject({
      customer: "alice",
      account: "key-7",
      request: "r1",
      model: "m",
      query: "aa",
      answer: { values: [0, -Number.MAX_VALUE] },
      changed: false,
    });
    expect(two).toMatchObject({ query: "bb", answer: { values: [0.25, 0.75] }, changed: true });
    expect(readNpz(one?.input() ?? new Uint8Array())).toEqual(first);
  });

  it("has the numbers of a model without class scores, and hashes of all else that it says", async () => {
    const numbers: Tensor = { type: "float32", dims: [2, 1], data: Float32Array.of(5, 6) };
    expect((await recorded(numbers, null)).map(({ answer }) => answer)).toEqual([
      { values: [5] },
      { values: [6] },
    ]);
    const byRow: Tensor = { type: "string", dims: [2], data: ["yes", "no"] };
    const rows = await recorded(byRow, null);
    expect(rows.map(({ query }) => query)[0]).toBe(fingerprint(first));
    expect(rows.map(({ answer }) => answer)).toEqual(
      ["yes", "no"].map((text) => ({
        sha256: fingerprint({ y: { type: "string", dims: [1], data: [text] } }),
      })),
    );
    const whole: Tensor = { type: "float32", dims: [1], data: Float32Array.of(5) };
    expect((await recorded(whole, null)).map(({ answer }) => answer)).toEqual(
      [0, 1].map(() => ({ sha256: fingerprint({ y: whole }) })),
    );
  });
});
