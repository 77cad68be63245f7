import fc from "fast-check";
import { expect, it } from "vitest";
import { binomialUpperQuantile } from "./binomial.js";
import { readoutCarrier } from "./carrier.js";
import { decoySeed, decoySpread, falseClaimSeed } from "./decoys.js";
import { readoutEvaluator } from "./evaluate.js";
import { portableKeystream } from "./keystream.js";
import { exactSums, quantise, statistic } from "./statistic.js";

const shape = { rows: 8, columns: 20 };
const seal = new Uint8Array(32).fill(7);

it("reaches sqrt(k m) for the carrier itself and agrees with the plain sums", () => {
  const seed = decoySeed(seal, 5);
  const carrier = readoutCarrier(seed, shape.rows, shape.columns, portableKeystream);
  const residual = Int16Array.from(carrier, (v) => 100 * v);
  const [t] = readoutEvaluator(shape, [residual], portableKeystream)(seed);
  expect(t).toBeCloseTo(Math.sqrt(160), 12);
  expect(statistic(exactSums(carrier, residual))).toBeCloseTo(Math.sqrt(160), 12);
});

it("is zero where nothing was left over", () => {
  expect([...readoutEvaluator(shape, [new Int16Array(160)], portableKeystream)(seal)]).toEqual([0]);
  expect(statistic(exactSums(new Int8Array(2).fill(1), new Int16Array(2)))).toBe(0);
});

it("refuses sizes that disagree and residuals that are not finite", () => {
  expect(() => readoutEvaluator(shape, [new Int16Array(3)], portableKeystream)).toThrow(RangeError);
  expect(() => exactSums(new Int8Array(2), new Int16Array(3))).toThrow(RangeError);
  expect(() => quantise(Float64Array.of(1, Number.NaN))).toThrow(RangeError);
  expect([...quantise(Float64Array.of(0, -2, 1))]).toEqual([0, -32767, 16384]);
});

it("never exceeds the bound over ten thousand wrong keys, whatever the residual", () => {
  const residuals = [
    Float64Array.from({ length: 160 }, (_, i) => Math.sin(i * i)),
    // One entry dominates: the case in which a normal tail would be wrong.
    Float64Array.from({ length: 160 }, (_, i) => (i === 3 ? 1000 : 1)),
    Float64Array.from({ length: 160 }, (_, i) => (i < 2 ? 1 : 0)),
    Float64Array.from({ length: 160 }, (_, i) => 1 / (i + 1)),
  ].map(quantise);
  const evaluate = readoutEvaluator(shape, residuals, portableKeystream);
  const keys = 10_000;
  const levels = [0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4];
  const counts = residuals.map(() => levels.map(() => 0));
  for (let i = 0; i < keys; i++) {
    for (const [r, t] of evaluate(decoySeed(seal, i)).entries()) {
      for (const [l, level] of levels.entries())
        if (t >= level) (counts[r] as number[])[l] = (counts[r]?.[l] ?? 0) + 1;
    }
  }
  const alpha = 1e-4 / (levels.length * residuals.length);
  for (const row of counts) {
    for (const [l, level] of levels.entries()) {
      expect(row[l]).toBeLessThanOrEqual(binomialUpperQuantile(alpha, keys, Math.exp((-level * level) / 2)));
    }
  }
});

it("reports decoys with mean 0 and spread 1", () => {
  const residual = quantise(Float64Array.from({ length: 160 }, (_, i) => Math.cos(3 * i)));
  const [spread] = decoySpread(readoutEvaluator(shape, [residual], portableKeystream), {
    seal,
    keys: 4000,
    statistics: 1,
  });
  expect(Math.abs(spread?.mean ?? 9)).toBeLessThan(5 / Math.sqrt(4000));
  expect(Math.abs((spread?.deviation ?? 9) - 1)).toBeLessThan(5 / Math.sqrt(8000));
});

it("draws decoys and the false claim from the seal alone", () => {
  fc.assert(
    fc.property(fc.nat(1000), fc.nat(1000), (i, j) => {
      expect(i === j).toBe(decoySeed(seal, i).join() === decoySeed(seal, j).join());
    }),
  );
  expect(falseClaimSeed(seal)).not.toEqual(decoySeed(seal, 0));
});
