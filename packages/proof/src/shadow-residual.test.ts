import { describe, expect, it } from "vitest";
import { answerLike, answerLikeSuspect } from "./answer-like.js";
import { type AnswerTable, answerResiduals } from "./answer-residual.js";
import { readoutCarrier } from "./carrier.js";
import { decoySeed } from "./decoys.js";
import { portableKeystream } from "./keystream.js";
import { decision, probabilities } from "./scores.js";
import { scoreRows } from "./score-rows.js";
import { beyondShadows } from "./shadow-residual.js";
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
    probeRule: "most-spread",
    shadows,
    ...change,
  };
  return { ...empty, ...answerLike(empty, logits, null) };
}

const LABELS = { vectors: null, labels: new Int32Array(n) } as const;

function found(given: AnswerTable, name: string): number {
  const residual = answerResiduals(given, n).find((each) => each.residual === name);
  if (residual === undefined) throw new TypeError(`no ${name}`);
  return statistic(exactSums(carrier, quantise(residual.matrix)));
}

const BESIDE = { probeRule: "most-uncertain" } as const;

describe("residuals beyond shadows", () => {
  it("see the key where what all students have in common hides it", () => {
    const given = table(thief, BESIDE);
    for (const name of ["shadow-score", "shadow-score-fitted"]) {
      const plain = Math.max(1, found(given, "log-ratio"), found(given, "difference"));
      expect(found(given, name)).toBeGreaterThan(1.5 * plain);
    }
    const labels = table(thief, { ...BESIDE, ...LABELS });
    expect(found(labels, "shadow-label")).toBeGreaterThan(found(labels, "label") + 1);
  });

  it.each([2, 1])("see it through answers of %s decimals", (decimals) => {
    const given = table(thief, { ...BESIDE, decimals });
    const plain = Math.max(found(given, "log-ratio"), found(given, "difference"));
    expect(found(given, "shadow-score-fitted")).toBeGreaterThan(Math.max(2.5, plain));
  });

  it("come nearest to the suspect where it is made like one of the shadows", () => {
    const near = tilted(student(101), carrier, 0.1);
    const given = table(near, {});
    expect(found(given, "shadow-score-fitted")).toBeGreaterThan(1.3 * found(given, "shadow-score"));
  });

  it("are the least squares that they claim to be, but for the hold on their weights", () => {
    const [a, b] = [noise(40, 3), noise(40, 5)];
    const { mean, fitted } = beyondShadows(
      a.map((x, i) => 3 * x - 2 * (b[i] ?? 0)),
      [a, b],
    );
    expect(mean[7]).toBeCloseTo(2.5 * (a[7] ?? 0) - 2.5 * (b[7] ?? 0), 12);
    expect(Math.hypot(...fitted)).toBeLessThan(0.15 * Math.hypot(...mean));
  });

  it("are nothing for a suspect that answers as each of its shadows does", () => {
    const given = table(student(101), { shadows: [student(101), student(101)] });
    for (const { matrix } of answerResiduals(given, n))
      expect(Math.max(...matrix.map(Math.abs))).toBeLessThan(1e-6);
  });

  it("stand alone on probes chosen for students, and are not formed on a boundary, nor without shadows", () => {
    const names = (change: Partial<AnswerTable>): string[] =>
      answerResiduals(table(thief, change), n).map(({ residual }) => residual);
    const [plain, beyond] = [
      ["log-ratio", "difference"],
      ["shadow-score", "shadow-score-fitted"],
    ];
    expect(names({ probeRule: "boundary" })).toEqual(plain);
    expect(names({ ...BESIDE, shadows: [] })).toEqual(plain);
    expect(names(BESIDE)).toEqual([...plain, ...beyond]);
    expect(names({})).toEqual(beyond);
    expect(names(LABELS)).toEqual(["shadow-label", "shadow-label-fitted"]);
  });

  it("refuse shadows of another size", () => {
    expect(() => answerResiduals({ ...table(thief, {}), shadows: [new Float64Array(3)] }, n)).toThrow(
      RangeError,
    );
  });

  it("take classes that were kept back, and probes that were lost, for no difference", () => {
    const full = table(thief, {});
    const hidden = (at: number): boolean => at % m === 3 || at < 5 * m;
    const values = full.vectors?.values.map((p, at) => (hidden(at) ? Number.NaN : p));
    const given = { ...full, vectors: { scale: "probabilities", values: values ?? phi } } as const;
    expect([...scoreRows(given, n).subarray(0, 5 * m)].every((x) => x === 0)).toBe(true);
    expect(found(given, "shadow-score")).toBeGreaterThan(3);
  });
});

describe("the score of a tilt", () => {
  it("is, at small tilts, what the tilt does to a power of the probabilities, taken back to the logits", () => {
    const step = 1e-5;
    const moved = reference.map((z, at) => z + (at % m === 2 ? step : 0));
    const given = table(moved, { decimals: null });
    const exact = { ...given, vectors: { scale: "logits", values: moved } } as const;
    const rows = scoreRows(exact, 3);
    for (let i = 0; i < 3; i++) {
      const q = probabilities({ classes: m, reference, link: "softmax" }, i);
      const tilt = q.map((y, c) => 0.25 * y ** 0.25 * ((c === 2 ? 1 : 0) - (q[2] ?? 0)));
      const pull = tilt.reduce((sum, x, c) => sum + (q[c] ?? 0) ** 0.25 * x, 0);
      for (let c = 0; c < m; c++) {
        const due = 0.25 * ((q[c] ?? 0) ** 0.25 * (tilt[c] ?? 0) - (q[c] ?? 0) * pull);
        expect((rows[i * m + c] ?? 0) / step).toBeCloseTo(due, 4);
      }
    }
  });

  it("treats a sigmoid as a softmax over two classes", () => {
    const two = { ...table(thief, {}), probes: 1, dimensions: 0, phi: new Float64Array(0), shadows: [] };
    const soft = scoreRows(
      {
        ...two,
        classes: 2,
        reference: Float64Array.of(0.7, 0),
        vectors: { scale: "logits", values: Float64Array.of(1.1, 0) },
      },
      1,
    );
    const single = scoreRows(
      {
        ...two,
        classes: 1,
        link: "sigmoid",
        reference: Float64Array.of(0.7),
        vectors: { scale: "logits", values: Float64Array.of(1.1) },
      },
      1,
    );
    expect(single[0]).toBeCloseTo(soft[0] ?? Number.NaN, 12);
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
