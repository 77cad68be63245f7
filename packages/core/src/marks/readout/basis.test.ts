import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { normal, publicRandom } from "../../probes/prng.js";
import { basisBytes, basisFromBytes, coordinates, keyedDimensions, principalBasis } from "./basis.js";

/** Features whose variance falls from direction to direction, around a mean that is not zero. */
function features(n: number, d: number, seed: string): Float64Array {
  const random = publicRandom(seed);
  const mix = Float64Array.from({ length: d * d }, () => normal(random));
  const out = new Float64Array(n * d);
  for (let i = 0; i < n; i++) {
    for (let s = 0; s < d; s++) {
      const x = normal(random) * 0.8 ** s;
      for (let j = 0; j < d; j++) out[i * d + j] = (out[i * d + j] ?? 0) + x * (mix[s * d + j] ?? 0);
    }
    for (let j = 0; j < d; j++) out[i * d + j] = (out[i * d + j] ?? 0) + 3;
  }
  return out;
}

describe("coordinates", () => {
  it.each([1, 3, 4, 9])("are the same to the bit as each sum by itself: %s", (k) => {
    const [n, d] = [5, 33];
    const rows = features(k, d, "rows");
    const mean = features(1, d, "mean");
    const h = features(n, d, "rows of features");
    const phi = coordinates({ features: d, dimensions: k, mean, rows }, h, n);
    for (let i = 0; i < n; i++)
      for (let r = 0; r < k; r++) {
        let sum = 0;
        for (let j = 0; j < d; j++) sum += (rows[r * d + j] ?? 0) * ((h[i * d + j] ?? 0) - (mean[j] ?? 0));
        expect(phi[i * k + r]).toBe(sum);
      }
  });
});

describe("principalBasis", () => {
  it.each([false, true])(
    "gives coordinates of unit variance that do not correlate, through the origin: %s",
    async (throughOrigin) => {
      const [n, d, k] = [400, 20, 8];
      const h = features(n, d, "basis");
      const basis = await principalBasis(h, n, { features: d, dimensions: k, throughOrigin });
      expect(basis.dimensions).toBe(k);
      const phi = coordinates(basis, h, n);
      for (let a = 0; a < k; a++) {
        for (let b = 0; b <= a; b++) {
          let sum = 0;
          for (let i = 0; i < n; i++) sum += ((phi[i * k + a] ?? 0) * (phi[i * k + b] ?? 0)) / n;
          expect(sum).toBeCloseTo(a === b ? 1 : 0, 6);
        }
      }
      let constant = 0;
      for (let j = 0; j < d; j++) constant += (basis.rows[j] ?? 0) * (basis.mean[j] ?? 0);
      expect(!throughOrigin || Math.abs(constant) < 1e-6).toBe(true);
    },
  );

  it("finds the direction of most variance, as a rotation of it shows", async () => {
    const [n, d] = [300, 6];
    const random = publicRandom("leading");
    const axis = Float64Array.from({ length: d }, () => normal(random));
    const length = Math.hypot(...axis);
    const h = new Float64Array(n * d);
    for (let i = 0; i < n; i++) {
      const x = 10 * normal(random);
      for (let j = 0; j < d; j++) h[i * d + j] = (x * (axis[j] ?? 0)) / length + 0.1 * normal(random);
    }
    const { rows } = await principalBasis(h, n, { features: d, dimensions: 1, throughOrigin: false });
    const cosine =
      axis.reduce((sum, a, j) => sum + a * (rows[j] ?? 0), 0) / (length * Math.hypot(...rows.subarray(0, d)));
    expect(Math.abs(cosine)).toBeGreaterThan(0.999);
  });

  it("is the same every time, and the same after its bytes", async () => {
    const h = features(100, 12, "twice");
    const options = { features: 12, dimensions: 5, throughOrigin: false };
    const [a, b] = [await principalBasis(h, 100, options), await principalBasis(h, 100, options)];
    expect(b).toEqual(a);
    expect(basisFromBytes(basisBytes(a), 12, a.dimensions)).toEqual(a);
    expect(() => basisFromBytes(basisBytes(a), 12, 4)).toThrow(
      expect.objectContaining({ code: "REGISTRATION_INVALID" }),
    );
  });

  it("leaves out what does not vary, and refuses where nothing does", async () => {
    const h = features(50, 4, "flat").map((value, i) => (i % 4 < 2 ? value : 1));
    const options = { features: 4, dimensions: 4, throughOrigin: false };
    expect((await principalBasis(h, 50, options)).dimensions).toBe(2);
    await expect(principalBasis(new Float64Array(200).fill(2), 50, options)).rejects.toMatchObject({
      code: "FEATURES_DEGENERATE",
    });
  });
});

it("keys no more dimensions than features and calibration rows bear", () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 5000 }), fc.integer({ min: 1, max: 100_000 }), (d, n) => {
      const k = keyedDimensions(d, n);
      expect(k).toBeGreaterThanOrEqual(1);
      expect(k).toBeLessThan(d);
      expect(k === 1 || 4 * k <= n).toBe(true);
    }),
  );
});
