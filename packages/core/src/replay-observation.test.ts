import { int32Bytes } from "@indicia/evidence/numbers";
import { describe, expect, it } from "vitest";
import { relearnedAccess } from "./replay-observation.js";
import type { Answer } from "./suspect.js";

const vector = (...values: number[]): Answer => ({ kind: "vector", values: Float64Array.from(values) });
const numbered = (first: number, ...answers: Answer[]): Map<number, Answer> =>
  new Map(answers.map((answer, i) => [first + i, answer]));

describe("how a suspect answers", () => {
  it("is learnt again from its first answers, and is not for anybody to say", () => {
    const rounded = numbered(0, vector(0.25, 0.75), vector(0.5, 0.5));
    expect(relearnedAccess(rounded, null)).toEqual({ access: "probabilities", decimals: 2, topK: null });
    const logits = numbered(0, vector(-1.5, 0.123456789), vector(0.1, 2));
    expect(relearnedAccess(logits, null)).toMatchObject({ access: "logits", decimals: null });
  });

  it("is learnt from the learning probes alone, those that tell copies where there are shadow models", () => {
    const later = [...Array(16).keys()].map(() => vector(0.25, 0.75));
    const known = numbered(0, ...later, vector(0.123456789, 0.876543211));
    expect(relearnedAccess(known, null)).toMatchObject({ decimals: 2 });
    const lost = [...Array(16).keys()].map((): Answer => ({ kind: "lost", reason: "interrupted" }));
    const second = numbered(0, ...lost, ...later, vector(0.123456789, 0.876543211));
    expect(relearnedAccess(second, null)).toMatchObject({ access: "probabilities", decimals: 2 });
    const telling = numbered(2_000_000_000, vector(0.5, 0.5), vector(0.4, 0.6));
    const choice = int32Bytes(Int32Array.of(0, 1, 0, 1));
    expect(relearnedAccess(new Map([...known, ...telling]), choice)).toMatchObject({ decimals: 1 });
  });
});
