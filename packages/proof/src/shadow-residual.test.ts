import { describe, expect, it } from "vitest";
import { answerLike, answerLikeSuspect } from "./answer-like.js";
import { type AnswerTable, answerResiduals } from "./answer-residual.js";
import { readoutCarrier } from "./carrier.js";
import { decoySeed } from "./decoys.js";
import { portableKeystream } from "./keystream.js";
import { decision, probabilities } from "./scores.js";
import { applyMap } from "./shaping.js";
import { shapingMap } from "./shaping-map.js";
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

/** Logits plus a tilt along phi, [k, m]. */
function tilted(logits: Float64Array, pattern: ArrayLike<number>, eps: number): Float64Array {
  const out = Float64Array.from(logits);
  for (let i = 0; i < n; i++) {
    for (let r = 0; r < k; r++) {
      const x = (eps / Math.sqrt(k)) * (phi[i * k + r] ?? 0);
      for (let c = 0; c < m; c++) out[i * m + c] = (out[i * m + c] ?? 0) + x * (pattern[r * m + c] ?? 0);
    }
  }
  return out;
}

/** Where students go astray: most in the first dimensions, in part all of them alike. */
const steep = (pattern: Float64Array): Float64Array =>
  pattern.map((value, i) => value * 3 * 0.6 ** Math.floor(i / m));
const common = steep(noise(k * m, 31));
const student = (start: number): Float64Array =>
  tilted(tilted(reference, common, 1.5), steep(noise(k * m, start)), 0.4);
const shadows = [101, 103, 107, 109].map(student);
const thief = tilted(student(211), carrier, 0.3);

function table(logits: Float64Array, change: Partial<AnswerTable>): AnswerTable {
  const empty: AnswerTable = {
    probes: n,
    dimensions: k,
    classes: m,
    phi,
    reference,
    link: "softmax",
    vectors: { scale: "probabilities", values: new Float64Array(n * m) },
    labels: null,
    decimals: null,
    boundary: false,
    shadows,
    ...change,
  };
  return { ...empty, ...answerLike(empty, logits, null) };
}

const LABELS = { vectors: null, labels: new Int32Array(n) } as const;

function found(given: AnswerTable, name: string, shaping: "raw" | "spread" = "raw"): number {
  const residual = answerResiduals(given, n).find((each) => each.residual === name);
  if (residual === undefined) throw new TypeError(`no ${name}`);
  const map = shapingMap(shaping, { phi, count: n, k, matrix: residual.matrix, shadows: residual.shadows });
  return statistic(exactSums(carrier, quantise(applyMap(map, residual.matrix, k))));
}

describe("residuals beyond shadows", () => {
  it("see the key where what all students have in common hides it", () => {
    const given = table(thief, {});
    for (const kind of ["log-ratio", "difference"]) {
      expect(found(given, `shadow-${kind}`)).toBeGreaterThan(2 * Math.max(1, found(given, kind)));
    }
    const labels = table(thief, LABELS);
    expect(found(labels, "shadow-label")).toBeGreaterThan(found(labels, "label") + 1);
  });

  it("come with those of every shadow, by which a spread of shadows gives more weight where they agree", () => {
    const given = table(thief, {});
    const residual = answerResiduals(given, n).find((each) => each.residual === "shadow-log-ratio");
    expect(residual?.shadows.map(({ length }) => length)).toEqual([k * m, k * m, k * m, k * m]);
    expect(found(given, "shadow-log-ratio", "spread")).toBeGreaterThan(
      1.2 * found(given, "shadow-log-ratio"),
    );
  });

  it("are nothing for a suspect that answers as each of its shadows does", () => {
    const given = table(student(101), { shadows: [student(101), student(101)] });
    const residual = answerResiduals(given, n).find((each) => each.residual === "shadow-log-ratio");
    expect(Math.max(...(residual?.matrix.map(Math.abs) ?? [1]))).toBeLessThan(1e-9);
  });

  it("are not formed on a boundary, nor without shadows", () => {
    const names = (change: Partial<AnswerTable>): string[] =>
      answerResiduals(table(thief, change), n).map(({ residual }) => residual);
    expect(names({ boundary: true })).toEqual(["log-ratio", "difference"]);
    expect(names({ shadows: [] })).toEqual(["log-ratio", "difference"]);
    expect(names({})).toEqual(["log-ratio", "difference", "shadow-log-ratio", "shadow-difference"]);
    expect(names(LABELS)).toEqual(["label", "shadow-label"]);
  });

  it("refuse shadows of another size", () => {
    expect(() => answerResiduals({ ...table(thief, {}), shadows: [new Float64Array(3)] }, n)).toThrow(
      RangeError,
    );
  });

  it("say nothing where the suspect kept a class back or lost a probe", () => {
    const full = table(thief, {});
    const values = full.vectors?.values.map((p, at) => (at % m === 3 || at < 5 * m ? Number.NaN : p));
    const given = { ...full, vectors: { scale: "probabilities", values: values ?? phi } } as const;
    const residual = answerResiduals(given, n).find((each) => each.residual === "shadow-difference");
    for (let r = 0; r < k; r++) expect(residual?.matrix[r * m + 3]).toBeCloseTo(0, 12);
  });
});

describe("what a model would have answered", () => {
  it("through a window of rounded top classes shows its own best ones", () => {
    const window = table(thief, { decimals: 2 });
    const { vectors } = answerLike(window, reference, 3);
    const p = probabilities({ classes: m, reference, link: "softmax" }, 7);
    const row = [...(vectors?.values.subarray(7 * m, 8 * m) ?? [])];
    expect(row.filter((value) => !Number.isNaN(value)).length).toBe(3);
    const best = decision(reference, 7, m);
    expect(row[best]).toBe(Number((p[best] ?? 0).toFixed(2)));
  });

  it("to the cells that a suspect answered shows those", () => {
    const window = table(thief, {});
    const values = (window.vectors?.values ?? phi).map((p, at) => (at % 3 === 0 ? p : Number.NaN));
    const like = answerLikeSuspect({ ...window, vectors: { scale: "probabilities", values } }, reference);
    expect(like.vectors?.values.map((p) => (Number.isNaN(p) ? 0 : 1))).toEqual(
      values.map((p) => (Number.isNaN(p) ? 0 : 1)),
    );
    const labels = Int32Array.from({ length: n }, (_, i) => (i < 3 ? -1 : 1));
    const alike = answerLikeSuspect({ ...window, vectors: null, labels }, reference);
    expect([...(alike.labels?.subarray(0, 4) ?? [])]).toEqual([-1, -1, -1, decision(reference, 3, m)]);
  });
});
