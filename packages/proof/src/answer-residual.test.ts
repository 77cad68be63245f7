import fc from "fast-check";
import { expect, it } from "vitest";
import { type AnswerTable, answerResiduals } from "./answer-residual.js";
import { readoutCarrier } from "./carrier.js";
import { decoySeed } from "./decoys.js";
import { portableKeystream } from "./keystream.js";
import { probabilities } from "./scores.js";
import { exactSums, quantise, statistic } from "./statistic.js";

const [n, k, m] = [400, 12, 10];
const seed = decoySeed(new Uint8Array(32), 1);
const carrier = readoutCarrier(seed, k, m, portableKeystream);

/** Repeatable numbers around zero with unit variance (Park and Miller's generator). */
function noise(length: number, start: number): Float64Array {
  let state = start;
  return Float64Array.from({ length }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return Math.sqrt(12) * (state / 2_147_483_647 - 0.5);
  });
}

const phi = noise(n * k, 17);
const reference = noise(n * m, 23).map((z) => 2 * z);

function tilted(eps: number): Float64Array {
  const out = Float64Array.from(reference);
  for (let i = 0; i < n; i++) {
    for (let r = 0; r < k; r++) {
      for (let c = 0; c < m; c++) {
        out[i * m + c] =
          (out[i * m + c] ?? 0) + (eps / Math.sqrt(k)) * (phi[i * k + r] ?? 0) * (carrier[r * m + c] ?? 0);
      }
    }
  }
  return out;
}

function table(change: Partial<AnswerTable>): AnswerTable {
  return {
    probes: n,
    dimensions: k,
    classes: m,
    phi,
    reference,
    link: "softmax",
    vectors: null,
    labels: null,
    decimals: null,
    probeRule: "most-uncertain",
    shadows: [],
    ...change,
  };
}

function answers(logits: Float64Array, decimals: number | null): Float64Array {
  const out = new Float64Array(n * m);
  for (let i = 0; i < n; i++) {
    for (const [c, p] of probabilities({ classes: m, reference: logits, link: "softmax" }, i).entries()) {
      out[i * m + c] = decimals === null ? p : Number(p.toFixed(decimals));
    }
  }
  return out;
}

function largestT(given: AnswerTable): number {
  return Math.max(
    ...answerResiduals(given, n).map(({ matrix }) => statistic(exactSums(carrier, quantise(matrix)))),
  );
}

it("sees a tilt in logits, in probabilities, in rounded ones and in labels, in that order of strength", () => {
  const logits = tilted(0.3);
  const full = largestT(table({ vectors: { scale: "logits", values: logits } }));
  const soft = largestT(table({ vectors: { scale: "probabilities", values: answers(logits, null) } }));
  const coarse = largestT(
    table({ decimals: 2, vectors: { scale: "probabilities", values: answers(logits, 2) } }),
  );
  const labels = Int32Array.from({ length: n }, (_, i) => {
    const row = logits.subarray(i * m, (i + 1) * m);
    return row.indexOf(Math.max(...row));
  });
  const hard = largestT(table({ labels }));
  expect(full).toBeGreaterThan(9);
  expect(soft).toBeGreaterThan(9);
  expect(coarse).toBeGreaterThan(6);
  expect(hard).toBeGreaterThan(1);
});

it("leaves nothing of the reference's own answers", () => {
  for (const { matrix } of answerResiduals(table({ vectors: { scale: "logits", values: reference } }), n)) {
    expect(Math.max(...matrix.map(Math.abs))).toBeLessThan(1e-9);
  }
  for (const { matrix } of answerResiduals(
    table({ vectors: { scale: "probabilities", values: answers(reference, null) } }),
    n,
  )) {
    expect(Math.max(...matrix.map(Math.abs))).toBeLessThan(1e-9);
  }
});

it("is not moved by another temperature or another origin of the logits", () => {
  const logits = tilted(0.3);
  const moved = logits.map((z, i) => 0.5 * z + Math.floor(i / m));
  const plain = largestT(table({ vectors: { scale: "logits", values: logits } }));
  const scaled = largestT(table({ vectors: { scale: "logits", values: moved } }));
  expect(Math.abs(plain - scaled)).toBeLessThan(0.3);
});

it("censors hidden classes and lost probes instead of reading them as zero", () => {
  const values = answers(tilted(0.3), null);
  for (let i = 0; i < n; i++) {
    const row = values.subarray(i * m, (i + 1) * m);
    const order = [...row.keys()].sort((a, b) => (row[b] ?? 0) - (row[a] ?? 0));
    for (const c of order.slice(i % 50 === 0 ? 0 : 5)) row[c] = Number.NaN;
  }
  expect(largestT(table({ vectors: { scale: "probabilities", values } }))).toBeGreaterThan(6);
});

it("stays finite for every answer an opponent may give", () => {
  fc.assert(
    fc.property(
      fc.array(fc.double(), { minLength: m, maxLength: m }),
      fc.constantFrom("logits" as const, "probabilities" as const),
      fc.constantFrom(null, 1, 2, 4),
      fc.constantFrom("softmax" as const, "sigmoid" as const),
      (row, scale, decimals, link) => {
        const bounded = row.map((x) => Math.max(-1e6, Math.min(1e6, x)));
        const values = Float64Array.from({ length: n * m }, (_, i) => bounded[i % m] ?? 0);
        for (const { matrix } of answerResiduals(table({ decimals, link, vectors: { scale, values } }), n)) {
          expect(matrix.every(Number.isFinite)).toBe(true);
        }
      },
    ),
    { numRuns: 40 },
  );
});

it("refuses tables whose parts disagree", () => {
  expect(() => answerResiduals(table({}), n)).toThrow(RangeError);
  expect(() => answerResiduals(table({ labels: new Int32Array(3) }), n)).toThrow(RangeError);
  expect(() => answerResiduals(table({ labels: new Int32Array(n) }), n + 1)).toThrow(RangeError);
});
