import type { Tensor } from "@indicia/onnx/tensor";
import { thrownCode } from "@indicia/testkit/thrown-code";
import { describe, expect, it } from "vitest";
import { initialModel } from "./architectures/initial-model.js";
import { distil } from "./distil.js";
import { answersOf, labelsOf } from "./evaluate.js";
import { random } from "./random.js";
import { type Lesson, probabilitiesOf, targetsOf } from "./teacher.js";

const ROWS = 600;
const numbers = random(3, "rows");
const x: Tensor = {
  type: "float32",
  dims: [ROWS, 5],
  data: Float32Array.from({ length: ROWS * 5 }, () => 2 * numbers.normal()),
};
const teacher = initialModel({
  architecture: "mlp-wide",
  input: { name: "x", type: "float32", dims: [5] },
  classes: 4,
  seed: "teacher",
});
const answers = await answersOf(teacher, { x });

describe("distil", () => {
  it.each<Lesson>([
    { kind: "vectors" },
    { kind: "vectors", temperature: 3 },
    { kind: "rounded", decimals: 2 },
    { kind: "top", count: 2 },
    { kind: "labels", smoothing: 0.05 },
  ])("teaches a student of another shape by %o", async (lesson) => {
    const student = { architecture: "mlp", input: "x" } as const;
    const taught = await distil({ student, inputs: { x }, answers, lesson, epochs: 10, seed: 1 });
    expect(taught.agreement).toBeGreaterThan(0.85);
  });

  it("refuses an architecture that does not fit the input", async () => {
    const student = { architecture: "cnn", input: "x" } as const;
    const run = () => distil({ student, inputs: { x }, answers, epochs: 1, seed: 1 });
    expect(await thrownCode(run)).toBe("ARCHITECTURE");
  });
});

describe("lessons", () => {
  const values = Float32Array.of(0.5, 0.304, 0.196, 0.004, 0.006, 0.99);
  const rows = { rows: 2, classes: 3, values };

  it("knows probabilities from logits", () => {
    expect(probabilitiesOf(rows).values).toEqual(values);
    const [a = 0, b = 0] = probabilitiesOf({ rows: 1, classes: 2, values: Float32Array.of(2, 0) }).values;
    expect(a / b).toBeCloseTo(Math.exp(2), 4);
  });

  it("rounds and cuts as asked", () => {
    const rounded = targetsOf(rows, { kind: "rounded", decimals: 1 }, 1);
    expect(rounded.kind === "probabilities" && Array.from(rounded.values)).toEqual(
      [0.5, 0.3, 0.2, 0, 0, 1].map(Math.fround),
    );
    const top = targetsOf(rows, { kind: "top", count: 1 }, 1);
    const expected = [0.5, 0.25, 0.25, 0.005, 0.005, 0.99];
    const shown = top.kind === "probabilities" ? Array.from(top.values) : [];
    for (const [i, p] of expected.entries()) expect(shown[i]).toBeCloseTo(p, 6);
  });

  it("samples labels with the teacher's probabilities", () => {
    const many = {
      rows: 4000,
      classes: 2,
      values: Float32Array.from({ length: 8000 }, (_, i) => (i % 2 === 0 ? 0.3 : 0.7)),
    };
    const drawn = targetsOf(many, { kind: "sampled" }, 7);
    const labels = drawn.kind === "labels" ? Array.from(drawn.labels) : [];
    const share = labels.filter((label) => label === 1).length / 4000;
    expect(Math.abs(share - 0.7)).toBeLessThan(0.04);
    expect(targetsOf(many, { kind: "sampled" }, 7)).toEqual(drawn);
    expect(labelsOf(many).every((label) => label === 1)).toBe(true);
  });
});
