import type { Tensor } from "@indicia/onnx/tensor";
import { describe, expect, it } from "vitest";
import { countingRecorder, fakeSuspect } from "./fake-suspect.js";
import { disclose, innocentSuspect } from "./innocent.js";

const inputs = { x: { type: "float32", dims: [3, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6) } as Tensor };

describe("fakeSuspect", () => {
  it("answers row by row and records every exchange", async () => {
    const recorder = countingRecorder();
    const suspect = fakeSuspect((row, probe) =>
      probe === 8 ? { kind: "lost", reason: "refused" } : { kind: "label", label: Number(row["x"]?.data[0]) },
    );
    const answers = await suspect.query(inputs, [7, 8, 9], recorder);
    expect(answers).toEqual([
      { kind: "label", label: 1 },
      { kind: "lost", reason: "refused" },
      { kind: "label", label: 5 },
    ]);
    expect(recorder.counts).toEqual({ intents: 3, answers: 2, lost: 1 });
    expect(suspect.asked).toEqual([7, 8, 9]);
  });

  it("stops at its budget without an exchange", async () => {
    const recorder = countingRecorder();
    const suspect = fakeSuspect(() => ({ kind: "label", label: 0 }), { budget: 1 });
    const answers = await suspect.query(inputs, [0, 1, 2], recorder);
    expect(answers.map(({ kind }) => kind)).toEqual(["label", "lost", "lost"]);
    expect(recorder.counts.intents).toBe(1);
  });

  it("replays what it answered live", async () => {
    const bodies: Uint8Array[] = [];
    const recorder = countingRecorder();
    const given = Float64Array.of(0.1, Number.NaN, 1 / 3);
    const suspect = fakeSuspect((_, probe) =>
      probe === 0 ? { kind: "vector", values: given } : { kind: "label", label: "cat" },
    );
    const live = await suspect.query(inputs, [0, 1, 2], {
      ...recorder,
      answer: async (_, { body }) => {
        bodies.push(body);
      },
    });
    expect(bodies.flatMap((body) => suspect.replay({ status: 200, body }, 1))).toEqual(live);
    expect(suspect.replay({ status: 500, body: new Uint8Array(0) }, 2).map(({ kind }) => kind)).toEqual([
      "lost",
      "lost",
    ]);
  });

  it("refuses questions once closed", async () => {
    const suspect = fakeSuspect(() => ({ kind: "label", label: 0 }));
    await suspect.close();
    expect(suspect.closed).toBe(true);
    await expect(suspect.query(inputs, [0, 1, 2], countingRecorder())).rejects.toThrow("closed");
  });
});

describe("innocentSuspect", () => {
  it("answers with probabilities that depend on the row and the seed alone", async () => {
    const ask = async (seed: number): Promise<unknown> =>
      innocentSuspect({ seed, classes: 4, features: 2 }).query(inputs, [0, 1, 2], countingRecorder());
    const [first, second] = (await ask(1)) as { values: Float64Array }[];
    expect(first?.values.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12);
    expect(first?.values).not.toEqual(second?.values);
    expect(await ask(1)).toEqual(await ask(1));
    expect(await ask(1)).not.toEqual(await ask(2));
  });
});

describe("disclose", () => {
  const full = Float64Array.of(0.126, 0.5, 0.374);

  it("shows as much as it is told", () => {
    expect(disclose(full, { kind: "rounded", decimals: 2 })).toEqual({
      kind: "vector",
      values: Float64Array.of(0.13, 0.5, 0.37),
    });
    expect(disclose(full, { kind: "top-k", k: 2 })).toEqual({
      kind: "vector",
      values: Float64Array.of(Number.NaN, 0.5, 0.374),
    });
    expect(disclose(full, { kind: "labels" })).toEqual({ kind: "label", label: 1 });
  });
});
