import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { binomialUpperQuantile } from "./binomial.js";
import { CODED_BITS, decodeFrame, encodeFrame, FRAME_BITS, lnWrongDecode } from "./payload-code.js";

const frames = fc.uint8Array({ minLength: FRAME_BITS, maxLength: FRAME_BITS, max: 1 });

/** The code from its definition: products of polynomials over GF(2). */
function byPolynomials(frame: Uint8Array): Uint8Array {
  const coded = new Uint8Array(CODED_BITS);
  for (const [j, generator] of ["100110011", "101011101", "111011011", "111100101"].entries()) {
    for (let t = 0; t < CODED_BITS / 4; t++) {
      let bit = 0;
      for (let delay = 0; delay < 9; delay++) if (generator[delay] === "1") bit ^= frame[t - delay] ?? 0;
      coded[4 * t + j] = bit;
    }
  }
  return coded;
}

describe("encodeFrame", () => {
  it("is the product with the generators", () => {
    fc.assert(
      fc.property(frames, (frame) => {
        expect(encodeFrame(frame)).toEqual(byPolynomials(frame));
      }),
    );
  });

  it("has free distance 24", () => {
    // Shortest path through the trellis from state 0 back to it, by Dijkstra over the 256 states.
    const distance = new Map<number, number>([[128, weight(0, 1)]]);
    const open = new Set([128]);
    let least = Number.POSITIVE_INFINITY;
    while (open.size > 0) {
      const [state = 0] = [...open].sort((a, b) => (distance.get(a) ?? 0) - (distance.get(b) ?? 0));
      open.delete(state);
      for (const bit of [0, 1]) {
        const next = ((bit << 8) | state) >>> 1;
        const total = (distance.get(state) ?? 0) + weight(state, bit);
        if (next === 0) least = Math.min(least, total);
        else if (total < (distance.get(next) ?? Number.POSITIVE_INFINITY)) {
          distance.set(next, total);
          open.add(next);
        }
      }
    }
    expect(least).toBe(24);
  });
});

/** Ones among the four coded bits that leave `state` with `bit`, read off real code words. */
function weight(state: number, bit: number): number {
  const frame = new Uint8Array(FRAME_BITS);
  for (let i = 0; i < 8; i++) frame[i] = (state >>> i) & 1;
  frame[8] = bit;
  return encodeFrame(frame)
    .subarray(32, 36)
    .reduce((sum, coded) => sum + coded, 0);
}

describe("lnWrongDecode", () => {
  it("is above the measured rate of wrong decodes", () => {
    const bound = Math.exp(lnWrongDecode(0.95));
    expect(bound).toBeLessThan(0.1);
    expect(wrongDecodes(0.95, 400)).toBeLessThanOrEqual(binomialUpperQuantile(1e-4, 400, bound));
    // The measurement is not idle: with more noise than the code can take, decodes do fail.
    expect(wrongDecodes(0.5, 50)).toBeGreaterThan(5);
  });

  it("falls as the first term of the sum does where noise is low", () => {
    // Words of weight 24 dominate: ln bound = ln(multiplicity) - 12 ratio^2.
    const [a, b] = [lnWrongDecode(4), lnWrongDecode(5)];
    expect(b - a).toBeCloseTo(-12 * (25 - 16), 1);
    expect(Math.exp(a + 12 * 16)).toBeGreaterThan(200);
    expect(lnWrongDecode(100)).toBeLessThan(-100_000);
    expect(lnWrongDecode(0)).toBe(0);
  });
});

/** How often random frames come back wrong when each coded bit has +-ratio under unit Gaussian noise. */
function wrongDecodes(ratio: number, trials: number): number {
  const noise = gaussian(11);
  const frame = new Uint8Array(FRAME_BITS);
  let wrong = 0;
  for (let trial = 0; trial < trials; trial++) {
    for (let i = 0; i < FRAME_BITS; i++) frame[i] = noise() > 0 ? 1 : 0;
    const soft = Float64Array.from(encodeFrame(frame), (bit) => (bit ? -ratio : ratio) + noise());
    if (decodeFrame(soft).some((bit, i) => bit !== frame[i])) wrong++;
  }
  return wrong;
}

function gaussian(seed: number): () => number {
  let state = seed;
  const uniform = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 0.5) / 4_294_967_296;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}
