import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { labelAnswer, MAX_CLASSES, rowsAsAnswers, vectorAnswer } from "./answers.js";

describe("rowsAsAnswers", () => {
  it("gives each row its own numbers, and leaves filling out", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 6 }),
        fc.nat(3),
        (rows, width, filling) => {
          const filled = rows + filling;
          const values = Float64Array.from({ length: filled * width }, (_, i) => i);
          const answers = rowsAsAnswers({ dims: [filled, width], values, whole: false }, rows, filled);
          expect(answers).toEqual(
            Array.from({ length: rows }, (_, row) => ({
              kind: "vector",
              values: values.slice(row * width, (row + 1) * width),
            })),
          );
        },
      ),
    );
  });

  it("takes the only row with or without an axis of rows", () => {
    for (const dims of [[3], [1, 3], [3, 1], [1, 1, 3]]) {
      expect(rowsAsAnswers({ dims, values: [1, 2, 3], whole: true }, 1)).toEqual([
        { kind: "vector", values: Float64Array.of(1, 2, 3) },
      ]);
    }
    expect(rowsAsAnswers({ dims: [], values: [4], whole: true }, 1)).toEqual([{ kind: "label", label: 4 }]);
  });

  it("takes as many classes as any model has, and no more", () => {
    const answer = (classes: number): string | undefined =>
      rowsAsAnswers({ dims: [1, classes], values: new Float64Array(classes), whole: false }, 1)[0]?.kind;
    expect(answer(MAX_CLASSES)).toBe("vector");
    expect(answer(MAX_CLASSES + 1)).toBe("lost");
  });

  it("takes no transposed answer for the answer", () => {
    const batch = { dims: [2, 3], values: [1, 2, 3, 4, 5, 6], whole: false };
    expect(rowsAsAnswers(batch, 3).map(({ kind }) => kind)).toEqual(["lost", "lost", "lost"]);
  });
});

describe("one answer", () => {
  it.each([0, -1, 2 ** 53 - 1, "a", "a".repeat(1000)])("%s is a label", (label) => {
    expect(labelAnswer(label)).toEqual({ kind: "label", label });
  });

  it.each([0.5, Number.NaN, 2 ** 53, 1 / 0, "", "a".repeat(1001), null, undefined, true, [], {}])(
    "%s is no label",
    (label) => {
      expect(labelAnswer(label).kind).toBe("lost");
    },
  );

  it("of numbers may keep some back, not all, and has none that are infinite", () => {
    expect(vectorAnswer(Float64Array.of(Number.NaN, 1)).kind).toBe("vector");
    for (const values of [[], [Number.NaN], [1, 1 / 0], [-1 / 0, Number.NaN]]) {
      expect(vectorAnswer(Float64Array.from(values)).kind).toBe("lost");
    }
  });
});
