import { initialModel } from "@indicia/autodiff/architectures/initial-model";
import { expect, it } from "vitest";
import { INPUT } from "./data.js";
import { forgetfulTranscript, LABELS_ONLY, memorySuspect } from "./memory-suspect.js";

const model = initialModel({
  architecture: "mlp",
  input: { name: INPUT, type: "float32", dims: [1, 4, 4] },
  classes: 10,
  seed: 1,
});
const rows = {
  [INPUT]: {
    type: "float32" as const,
    dims: [3, 1, 4, 4],
    data: Float32Array.from({ length: 48 }, (_, i) => i / 48),
  },
};

async function answersOf(serving: string | null, answers: "probabilities" | "logits" = "probabilities") {
  const suspect = await memorySuspect({ models: [model], serving, answers });
  try {
    return await suspect.query(rows, [0, 1, 2], forgetfulTranscript());
  } finally {
    await suspect.close();
  }
}

it("answers each row with probabilities, logits, or a label", async () => {
  const [vectors, logits, labels] = [
    await answersOf(null),
    await answersOf(null, "logits"),
    await answersOf(LABELS_ONLY),
  ];
  expect([vectors, logits, labels].map((each) => each.length)).toEqual([3, 3, 3]);
  for (const [i, vector] of vectors.entries()) {
    if (vector.kind !== "vector") throw new Error("no vector");
    expect(vector.values.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 6);
    const raw = logits[i];
    if (raw?.kind !== "vector") throw new Error("no logits");
    const label = raw.values.indexOf(Math.max(...raw.values));
    expect(labels[i]).toEqual({ kind: "label", label });
  }
});

it("knows the ways of serving by name", async () => {
  await expect(answersOf("by pigeon")).rejects.toThrow(RangeError);
});
