import type { Tensor } from "@indicia/onnx/tensor";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyPolicy, type OutputPolicy, outputPast, parsePolicy } from "./output-policy.js";

const scores = (rows: readonly (readonly number[])[]): Tensor => ({
  type: "float32",
  dims: [rows.length, rows[0]?.length ?? 0],
  data: Float32Array.from(rows.flat()),
});
const shown = (policy: OutputPolicy, rows: readonly (readonly number[])[]): unknown[] =>
  Array.from(applyPolicy(policy, scores(rows)).data as Float32Array);

const matrices: fc.Arbitrary<number[][]> = fc
  .record({ rows: fc.integer({ min: 1, max: 4 }), width: fc.integer({ min: 2, max: 6 }) })
  .chain(({ rows, width }) =>
    fc.array(fc.array(fc.float({ min: 0, max: 1, noNaN: true }), { minLength: width, maxLength: width }), {
      minLength: rows,
      maxLength: rows,
    }),
  );

describe("a policy's name", () => {
  it.each([
    ["full", { kind: "full" }],
    ["labels", { kind: "labels" }],
    ["round:0", { kind: "round", decimals: 0 }],
    ["round:9", { kind: "round", decimals: 9 }],
    ["top-k:1", { kind: "top-k", k: 1 }],
    ["top-k:999999", { kind: "top-k", k: 999_999 }],
  ])("%s", (text, policy) => {
    expect(parsePolicy(text)).toEqual(policy);
  });

  it.each(["round:10", "round:-1", "round:1.5", "top-k:", "top-k:01", "top-k:1000000", " full", "labels\n"])(
    "%j is none",
    (text) => {
      expect(parsePolicy(text)).toBeNull();
    },
  );
});

describe("what is shown", () => {
  it("full is the answer itself", () => {
    const tensor = scores([[0.1, 0.9]]);
    expect(applyPolicy({ kind: "full" }, tensor)).toBe(tensor);
  });

  it("rounding is to the nearest, and no further", () => {
    expect(shown({ kind: "round", decimals: 2 }, [[0.126, 0.874]])).toEqual([0.13, 0.87].map(Math.fround));
    fc.assert(
      fc.property(matrices, fc.integer({ min: 0, max: 5 }), (rows, decimals) => {
        for (const [i, value] of shown({ kind: "round", decimals }, rows).entries()) {
          const error = Math.abs(Number(value) - (rows.flat()[i] ?? Number.NaN));
          expect(error).toBeLessThanOrEqual(0.5 * 10 ** -decimals + 1e-7);
          expect(Math.fround(Number(Number(value).toFixed(decimals)))).toBe(value);
        }
      }),
    );
  });

  it("the k largest of each row stay as they are", () => {
    expect(shown({ kind: "top-k", k: 2 }, [[0.5, 0.25, 0.125, 0.125]])).toEqual([0.5, 0.25, 0, 0]);
    // Of equals the first: exactly k are shown.
    expect(shown({ kind: "top-k", k: 1 }, [[0.5, 0.5]])).toEqual([0.5, 0]);
    fc.assert(
      fc.property(matrices, fc.integer({ min: 1, max: 8 }), (rows, k) => {
        const all = shown({ kind: "top-k", k }, rows);
        const width = rows[0]?.length ?? 0;
        for (const [i, row] of rows.entries()) {
          const largest = row
            .toSorted((a, b) => b - a)
            .slice(0, k)
            .filter((value) => value > 0);
          const kept = all.slice(i * width, (i + 1) * width);
          expect(kept.filter((value) => value !== 0).toSorted((a, b) => Number(b) - Number(a))).toEqual(
            largest,
          );
          expect(kept.every((value, c) => value === 0 || value === row[c])).toBe(true);
        }
      }),
    );
  });

  it("labels are the first largest, one to a row", () => {
    fc.assert(
      fc.property(matrices, (rows) => {
        expect(applyPolicy({ kind: "labels" }, scores(rows))).toEqual({
          type: "int64",
          dims: [rows.length],
          data: BigInt64Array.from(rows, (row) => BigInt(row.indexOf(Math.max(...row)))),
        });
      }),
    );
  });

  it("a single probability is a label on its own", () => {
    expect(applyPolicy({ kind: "labels" }, scores([[0.2], [0.8], [0.5]])).data).toEqual(
      BigInt64Array.of(0n, 1n, 0n),
    );
  });

  it.each(["round:1", "top-k:1", "labels"])("%s leaves alone what has no scores", (text) => {
    const policy = parsePolicy(text);
    if (policy === null) throw new Error(text);
    for (const tensor of [
      { type: "int64", dims: [2, 1], data: BigInt64Array.of(1n, 2n) },
      { type: "float32", dims: [2], data: Float32Array.of(0.14, 0.26) },
      { type: "string", dims: [1, 2], data: ["a", "b"] },
    ] as const) {
      expect(applyPolicy(policy, tensor)).toBe(tensor);
    }
  });

  it("the answer itself is never changed", () => {
    const tensor = scores([[0.126, 0.874]]);
    for (const text of ["round:1", "top-k:1", "labels"])
      applyPolicy(parsePolicy(text) ?? { kind: "full" }, tensor);
    expect(tensor).toEqual(scores([[0.126, 0.874]]));
  });
});

describe("what a policy would let pass", () => {
  const past = (text: string, type: Tensor["type"], dims: (number | string | null)[] | null): string | null =>
    outputPast(parsePolicy(text) ?? { kind: "full" }, [
      { name: "labels", type: "int64", dims: ["N"] },
      { name: "p", type: "float32", dims: ["N", 10] },
      { name: "more", type, dims },
    ]);

  it.each(["round:1", "top-k:1", "labels"])("%s: is named", (text) => {
    expect(past(text, "float32", ["N"])).toBe("more");
    expect(past(text, "float64", [])).toBe("more");
    expect(past(text, "uint8", ["N", 10])).toBe("more");
    expect(past(text, "float16", ["N", 10])).toBeNull();
    expect(past(text, "bfloat16", null)).toBeNull();
    expect(past(text, "int32", ["N", 2])).toBeNull();
    expect(past("full", "float32", ["N"])).toBeNull();
  });
});
