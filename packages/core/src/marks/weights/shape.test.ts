import { statistic } from "@indicia/proof/statistic";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { normal, publicRandom } from "../../probes/prng.js";
import { BLIND_UNIT as STEPS, bestLimit, shapeBlind, shapeDifferences } from "./shape.js";

const random = publicRandom("shape.test");
const signs = Array.from({ length: 100_000 }, () => (normal(random) > 0 ? 1 : -1));
const noise = Float64Array.from(signs, () => normal(random));

/** T of a mark of size `eps` under `added`, through the shaping, as one row. */
function markedT(added: (i: number) => number, eps: number): number {
  const values = Float32Array.from(signs, (sign, i) => eps * sign + added(i));
  const layout = { rows: 1, inner: values.length };
  return tOf(shapeDifferences([{ start: 0, values }], layout, values.length, Float64Array.of(1)));
}

/** Seven weights in ten set to something else altogether. */
function pruned(i: number): number {
  return i % 10 < 7 ? (noise[i] ?? 0) : 0;
}

function tOf(residual: Int16Array): number {
  let [dot, squares] = [0, 0];
  for (const [i, r] of residual.entries()) {
    dot += (signs[i] ?? 0) * r;
    squares += r * r;
  }
  return statistic({ dot, squares });
}

/** T without any cutting off. */
function linearT(added: (i: number) => number, eps: number): number {
  let [dot, squares] = [0, 0];
  for (const [i, sign] of signs.entries()) {
    const value = eps * sign + added(i);
    dot += sign * value;
    squares += value * value;
  }
  return dot / Math.sqrt(squares);
}

describe("shapeDifferences", () => {
  it("keeps all of an untouched mark", () => {
    expect(markedT(() => 0, 0.005)).toBeCloseTo(Math.sqrt(signs.length), 6);
  });

  it("keeps what plain sums give under normal and under bounded noise", () => {
    for (const added of [
      (i: number) => 0.1 * (noise[i] ?? 0),
      (i: number) => ((i * 0.618034) % 1) * 0.04 - 0.02,
    ]) {
      expect(markedT(added, 0.01)).toBeGreaterThan(0.97 * linearT(added, 0.01));
    }
  });

  it("finds a mark that plain sums lose under a few large changes", () => {
    const [robust, plain] = [markedT(pruned, 0.005), linearT(pruned, 0.005)];
    expect(plain).toBeLessThan(5);
    expect(robust).toBeGreaterThan(60);
  });

  it("weighs every row alike, whatever its size", () => {
    const rows = 10;
    const layout = { rows, inner: 1 };
    const values = Float32Array.from(noise.subarray(0, 10_000), (value, i) => value * 10 ** ((i % rows) - 5));
    const residual = shapeDifferences([{ start: 0, values }], layout, 1000, new Float64Array(10));
    for (let row = 0; row < rows; row++) {
      const square = residual.filter((_, i) => i % rows === row).reduce((sum, r) => sum + r * r, 0);
      expect(Math.sqrt(square / 1000) / STEPS).toBeCloseTo(1, 1);
    }
  });

  it("lets tensors that something else has moved count for little", () => {
    const layout = { rows: 1, inner: 10_000 };
    const size = (added: number, eps: number): number => {
      const values = Float32Array.from(
        { length: 10_000 },
        (_, i) => eps * (signs[i] ?? 0) + added * (noise[i] ?? 0),
      );
      const residual = shapeDifferences([{ start: 0, values }], layout, 10_000, Float64Array.of(1));
      return Math.sqrt(residual.reduce((sum, r) => sum + r * r, 0) / 10_000);
    };
    // Copies count alike however weak their mark; noise weighs them down by its size over the mark's.
    expect(size(0, 0.001)).toBe(size(0, 0.005));
    expect(size(0.3, 0.005) / size(0, 0.005)).toBeCloseTo(0.005 / 0.3, 2);
  });

  it("is silent where nothing changed, and in rows that are not finite", () => {
    const layout = { rows: 4, inner: 1 };
    const values = Float32Array.from({ length: 4096 }, (_, i) => (i % 4 === 0 ? 0 : 0.01 * (noise[i] ?? 0)));
    values[4 * 100 + 1] = Number.NaN;
    values[4 * 200 + 2] = Number.POSITIVE_INFINITY;
    const runs = [{ start: 0, values }];
    for (const residual of [
      shapeDifferences(runs, layout, 1024, new Float64Array(4).fill(1)),
      shapeBlind(runs, layout, 1024),
    ]) {
      const silent = residual.map((r, i) => (i % 4 < 3 ? r : 0));
      expect(silent.every((r) => r === 0)).toBe(true);
      expect(residual.some((r) => r !== 0)).toBe(true);
    }
    expect(
      shapeDifferences([{ start: 0, values: new Float32Array(9) }], layout, 3, new Float64Array(4)),
    ).toEqual(new Int16Array(9));
    expect(shapeDifferences([], layout, 3, new Float64Array(4))).toEqual(new Int16Array(0));
  });

  it("stays within int16 for whatever a hostile file holds", () => {
    const value = fc.oneof(
      fc.float(),
      fc.constantFrom(0, 1e-45, 3e38, -3e38, Number.NaN, Number.POSITIVE_INFINITY),
    );
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 300 }),
        fc.integer({ min: 1, max: 9 }),
        (list, rows) => {
          const runs = [{ start: 3, values: Float32Array.from(list) }];
          const residual = shapeDifferences(runs, { rows, inner: 1 }, 40, new Float64Array(rows));
          expect(residual).toHaveLength(list.length);
          expect(shapeBlind(runs, { rows, inner: 1 }, 40)).toHaveLength(list.length);
          // A value that wrapped around would have the wrong sign.
          for (const [i, r] of residual.entries())
            expect(Math.sign(r) * Math.sign(list[i] ?? 0)).not.toBe(-1);
        },
      ),
    );
  });
});

describe("bestLimit", () => {
  it("does not cut normal noise short, and cuts mixtures at their narrow part", () => {
    expect(bestLimit(noise).limit).toBeGreaterThan(0.9);
    const mixture = noise.map((value, i) => (i % 10 < 7 ? value : 0.01 * value));
    expect(bestLimit(mixture).limit).toBeLessThan(0.1);
    expect(bestLimit(new Float64Array(10))).toEqual({ limit: 4, efficacy: 1 });
  });
});

describe("shapeBlind", () => {
  it("takes out mean and size of each row and cuts off tails", () => {
    const values = Float32Array.from(noise.subarray(0, 20_000), (value) => 5 + 0.2 * value);
    values[7] = 50;
    const residual = shapeBlind([{ start: 0, values }], { rows: 1, inner: 20_000 }, 20_000);
    expect(residual[7]).toBe(3 * STEPS);
    const mean = residual.reduce((sum, r) => sum + r, 0) / residual.length / STEPS;
    expect(Math.abs(mean)).toBeLessThan(0.02);
  });
});
