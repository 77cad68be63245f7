import { toFloat64 } from "@indicia/onnx/tensor";
import { generatedConvNet, generatedMlp } from "@indicia/testkit/generated-models";
import { thrownCode } from "@indicia/testkit/thrown-code";
import { describe, expect, it } from "vitest";
import { average } from "./average.js";
import { decode } from "./decode.js";
import { noise } from "./noise.js";
import { overwrite } from "./overwrite.js";
import { prune } from "./prune.js";
import { shift } from "./shift.js";
import { rowDeviations, rowsOf, weightsOf } from "./weights.js";

const model = generatedConvNet();

/** Differences of two models' weights in standard deviations of their rows in the first. */
function moved(before: Uint8Array, after: Uint8Array): number[] {
  const theirs = weightsOf(decode(after));
  return weightsOf(decode(before)).flatMap(({ tensor, axis }, i) => {
    const [values, rows] = [toFloat64(tensor), rowsOf(tensor, axis)];
    const deviations = rowDeviations(values, rows);
    const other = theirs[i] === undefined ? values : toFloat64(theirs[i].tensor);
    return [...values].map((value, at) => ((other[at] ?? 0) - value) / (deviations[rows.rowOf(at)] ?? 1));
  });
}

const all = (bytes: Uint8Array): number[] =>
  weightsOf(decode(bytes)).flatMap(({ tensor }) => [...toFloat64(tensor)]);
const meanSquare = (values: readonly number[]): number =>
  values.reduce((sum, x) => sum + x * x, 0) / values.length;

describe("weights", () => {
  it("are found with the axis of their neurons", () => {
    expect(weightsOf(decode(model)).map(({ name, axis }) => [name, axis])).toEqual([
      ["stem.weight", 0],
      ["branch.weight", 0],
      ["top.weight", 0],
      ["hidden.weight", 0],
      ["readout.weight", 0],
    ]);
    const perceptron = weightsOf(decode(generatedMlp({ widths: [3, 4, 2] })));
    expect(perceptron.map(({ axis }) => axis)).toEqual([1, 1]);
  });

  it.each(["global", "tensor"] as const)("are pruned to the share asked for (%s)", (scope) => {
    const pruned = all(prune(model, { share: 0.7, scope }));
    expect(pruned.filter((x) => x === 0).length / pruned.length).toBeCloseTo(0.7, 2);
  });

  it("are pruned by magnitude", () => {
    const kept = all(prune(model, { share: 0.5, scope: "global" })).filter((x) => x !== 0);
    const gone = all(model)
      .map(Math.abs)
      .sort((a, b) => a - b);
    expect(Math.min(...kept.map(Math.abs))).toBeGreaterThanOrEqual(
      gone[Math.floor(gone.length / 2) - 1] ?? 0,
    );
  });

  it("get noise and patterns of the size asked for", () => {
    expect(Math.sqrt(meanSquare(moved(model, noise(model, { sigma: 0.1 }, 1))))).toBeCloseTo(0.1, 2);
    const patterns = moved(model, overwrite(model, { strength: 0.025 }, 1));
    expect(patterns.every((x) => Math.abs(Math.abs(x) - 0.025) < 1e-4)).toBe(true);
    expect(Math.abs(patterns.reduce((sum, x) => sum + Math.sign(x), 0))).toBeLessThan(
      4 * Math.sqrt(patterns.length),
    );
  });

  it("move away from 0 and towards it, but not past it", () => {
    const before = all(model);
    const outward = moved(model, shift(model, { delta: 0.025, direction: "outward" }));
    expect(outward.every((x, at) => Math.abs(x * Math.sign(before[at] ?? 0) - 0.025) < 1e-4)).toBe(true);
    const inward = all(shift(model, { delta: 0.025, direction: "inward" }));
    expect(inward.every((x, at) => x === 0 || Math.sign(x) === Math.sign(before[at] ?? 0))).toBe(true);
    expect(inward.every((x, at) => Math.abs(x) <= Math.abs(before[at] ?? 0))).toBe(true);
  });

  it("are averaged, of models of one structure alone", async () => {
    const other = noise(model, { sigma: 0.2 }, 9);
    const mean = all(average(model, { others: [other] }));
    const [a, b] = [all(model), all(other)];
    expect(mean.every((x, at) => Math.abs(x - ((a[at] ?? 0) + (b[at] ?? 0)) / 2) < 1e-6)).toBe(true);
    const own = all(average(model, { others: [other], own: 1 }));
    expect(own).toEqual(a);
    expect(await thrownCode(() => average(model, { others: [generatedConvNet({ channels: 4 })] }))).toBe(
      "MODELS_DIFFER",
    );
    expect(await thrownCode(() => average(model, {}))).toBe("ATTACK_OPTION");
  });
});
