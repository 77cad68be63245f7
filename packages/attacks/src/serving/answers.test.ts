import { type Tensor, toFloat64 } from "@indicia/onnx/tensor";
import { describe, expect, it } from "vitest";
import { random } from "@indicia/autodiff/random";
import { inputLevels } from "./input-levels.js";
import { inputNoise } from "./input-noise.js";
import { outputNoise } from "./output-noise.js";
import { refusals } from "./refusals.js";
import { rounding } from "./rounding.js";
import { labelOnly, topK } from "./top-k.js";

function rows(...values: readonly (readonly number[])[]): Tensor {
  return {
    type: "float64",
    dims: [values.length, values[0]?.length ?? 0],
    data: Float64Array.from(values.flat()),
  };
}

/** Probabilities [n, 5] that differ from row to row. */
function drawn(n: number): Tensor {
  const { uniform } = random(3, "answers");
  return rows(
    ...Array.from({ length: n }, () => {
      const weights = Array.from({ length: 5 }, uniform);
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      return weights.map((weight) => weight / total);
    }),
  );
}

describe("answers", () => {
  const given = rows([0.126, 0.5, 0.374], [0.3, 0.3, 0.4]);

  it("are rounded", () => {
    expect([...rounding({ decimals: 2 })(given, 0).data]).toEqual([0.13, 0.5, 0.37, 0.3, 0.3, 0.4]);
    expect([...rounding({ decimals: 1 })(given, 0).data]).toEqual([0.1, 0.5, 0.4, 0.3, 0.3, 0.4]);
  });

  it("show their largest numbers alone", () => {
    const shown = [...topK({ k: 2 })(given, 0).data];
    expect(shown).toEqual([Number.NaN, 0.5, 0.374, 0.3, Number.NaN, 0.4]);
  });

  it("show the label alone, also after the others were hidden", () => {
    const label = [0, 1, 0, 0, 0, 1];
    expect([...labelOnly()(given, 0).data]).toEqual(label);
    expect([...labelOnly()(topK({ k: 2 })(given, 0), 0).data]).toEqual(label);
    const refused = refusals({ share: 1 })(given, 0);
    expect([...labelOnly()(refused, 0).data]).toEqual(new Array<number>(6).fill(Number.NaN));
  });

  it("are refused at the stated rate, the same ones when asked again in another order", () => {
    const all = drawn(2000);
    const refused = (tensor: Tensor): string[] => {
      const [before, after] = [toFloat64(tensor), toFloat64(refusals({ share: 0.1 })(tensor, 5))];
      return [...before].flatMap((value, at) =>
        at % 5 === 0 && Number.isNaN(after[at] ?? 0) ? [String(value)] : [],
      );
    };
    const first = refused(all);
    // Mean 200, standard deviation 13.4.
    expect(first.length).toBeGreaterThan(150);
    expect(first.length).toBeLessThan(250);
    const backwards = rows(
      ...Array.from({ length: 2000 }, (_, i) =>
        Array.from(toFloat64(all).subarray(5 * (1999 - i), 5 * (2000 - i))),
      ),
    );
    expect(refused(backwards).reverse()).toEqual(first);
  });

  it("get noise of the stated size and stay probabilities", () => {
    const before = rows(...Array.from({ length: 400 }, (_, i) => [0.5, 0.3, 0.2 - i * 1e-6]));
    const after = toFloat64(outputNoise({ sigma: 0.02 })(before, 1));
    const same = toFloat64(before);
    const squares = after.reduce((sum, value, i) => sum + (value - (same[i] ?? 0)) ** 2, 0);
    expect(Math.sqrt(squares / after.length)).toBeGreaterThan(0.012);
    expect(Math.sqrt(squares / after.length)).toBeLessThan(0.024);
    expect(Math.min(...after)).toBeGreaterThanOrEqual(0);
    expect((after[0] ?? 0) + (after[1] ?? 0) + (after[2] ?? 0)).toBeCloseTo(1, 9);
    expect(outputNoise({ sigma: 0.02 })(before, 1).data).toEqual(Float64Array.from(after));
    expect(outputNoise({ sigma: 0.02 })(before, 2).data).not.toEqual(Float64Array.from(after));
  });
});

describe("inputs", () => {
  it("go to the nearest level", () => {
    const levels = inputLevels({ levels: 16 })(rows([0, 0.032, 0.034, 1, 1.5, -1]), 0);
    for (const [at, wanted] of [0, 0, 1 / 15, 1, 1, 0].entries())
      expect(levels.data[at]).toBeCloseTo(wanted, 12);
  });

  it("get noise of the stated size", () => {
    const before = drawn(500);
    const given = toFloat64(before);
    const after = toFloat64(inputNoise({ sigma: 0.01 })(before, 1));
    const squares = after.reduce((sum, value, i) => sum + (value - (given[i] ?? 0)) ** 2, 0);
    // 2,500 draws: the deviation is known to 1.4 %.
    expect(Math.sqrt(squares / after.length)).toBeCloseTo(0.01, 3);
    expect(toFloat64(before)).toEqual(given);
  });
});

describe("options out of range", () => {
  it.each([
    ["one level", () => inputLevels({ levels: 1 })],
    ["half a decimal", () => rounding({ decimals: 0.5 })],
    ["the top 0", () => topK({ k: 0 })],
    ["a share of 2", () => refusals({ share: 2 })],
  ])("are refused: %s", (_, make) => {
    expect(make).toThrow(expect.objectContaining({ code: "ATTACK_OPTION" }));
  });
});
