import { describe, expect, it } from "vitest";
import { learnAccess } from "./answer-kind.js";
import { normal, publicRandom } from "./probes/prng.js";
import type { Answer } from "./suspect.js";

const random = publicRandom("answer kinds");
const logits = Array.from({ length: 16 }, () => Float64Array.from({ length: 12 }, () => 2 * normal(random)));
const soft = logits.map((row) => {
  const e = row.map(Math.exp);
  const total = e.reduce((a, b) => a + b, 0);
  return e.map((x) => x / total);
});

function vectors(rows: readonly Float64Array[]): Answer[] {
  return rows.map((values) => ({ kind: "vector", values }));
}

function topFive(row: Float64Array, hidden: number): Float64Array {
  const fifth = [...row].sort((a, b) => b - a)[4] ?? 0;
  return row.map((x) => (x >= fifth ? x : hidden));
}

describe("learning what a suspect shows", () => {
  it.each([
    ["logits", logits, { access: "logits", decimals: null, topK: null }],
    [
      "log-probabilities",
      soft.map((row) => row.map(Math.log)),
      { access: "logits", decimals: null, topK: null },
    ],
    ["float64 probabilities", soft, { access: "probabilities", decimals: null, topK: null }],
    [
      "float32 probabilities",
      soft.map((row) => row.map(Math.fround)),
      { access: "probabilities", decimals: null, topK: null },
    ],
    [
      "independent sigmoids",
      logits.map((row) => row.map((z) => 1 / (1 + Math.exp(-z)))),
      { access: "probabilities", decimals: null, topK: null },
    ],
    [
      "two decimals",
      soft.map((row) => row.map((p) => Number(p.toFixed(2)))),
      { access: "probabilities", decimals: 2, topK: null },
    ],
    [
      "two decimals in float32",
      soft.map((row) => row.map((p) => Math.fround(Number(p.toFixed(2))))),
      { access: "probabilities", decimals: 2, topK: null },
    ],
    [
      "four decimals",
      soft.map((row) => row.map((p) => Number(p.toFixed(4)))),
      { access: "probabilities", decimals: 4, topK: null },
    ],
    [
      "top five, others left out",
      soft.map((row) => topFive(row, Number.NaN)),
      { access: "top-k", decimals: null, topK: 5 },
    ],
    [
      "top five, others zero",
      soft.map((row) => topFive(row, 0)),
      { access: "top-k", decimals: null, topK: 5 },
    ],
    [
      "probabilities, one answer without any number and one with a hole",
      soft.map((row, i) => (i === 3 ? row.map(() => Number.NaN) : i === 5 ? row.with(2, Number.NaN) : row)),
      { access: "probabilities", decimals: null, topK: null },
    ],
    [
      "one-hot",
      soft.map((row) => row.map((p) => (p === Math.max(...row) ? 1 : 0))),
      { access: "labels", decimals: null, topK: null },
    ],
  ])("%s", (_, rows, expected) => {
    expect(learnAccess(vectors(rows))).toEqual(expected);
  });

  it("labels, whatever was lost besides", () => {
    const answers: Answer[] = [
      { kind: "lost", reason: "x" },
      { kind: "label", label: 3 },
      { kind: "label", label: "cat" },
    ];
    expect(learnAccess(answers)).toEqual({ access: "labels", decimals: null, topK: null });
    expect(learnAccess([...vectors(soft), { kind: "lost", reason: "x" }]).access).toBe("probabilities");
  });
});
