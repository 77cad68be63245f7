import { type Answers, labelsOf } from "./evaluate.js";
import { random, type Seed } from "./random.js";
import { softmaxInPlace, type Targets } from "./targets.js";

/** What a student sees of its teacher's answers. */
export type Lesson =
  /** The whole vector. */
  | { readonly kind: "vectors"; readonly temperature?: number }
  /** Probabilities rounded to some decimals, brought to a sum of 1 again. */
  | { readonly kind: "rounded"; readonly decimals: number }
  /** The largest few probabilities; the others share what is left. */
  | { readonly kind: "top"; readonly count: number }
  /** The largest class. */
  | { readonly kind: "labels"; readonly smoothing?: number }
  /** One class, drawn with the teacher's probabilities. */
  | { readonly kind: "sampled"; readonly smoothing?: number };

/** How far a sum of probabilities may be from 1. */
const TOLERANCE = 1e-3;

/**
 * A teacher's answers as probabilities: as they are where every row is a distribution, else by softmax, which also
 * holds for log-probabilities.
 */
export function probabilitiesOf(answers: Answers): Answers {
  const { rows, classes } = answers;
  const values = answers.values.slice();
  if (!areDistributions(answers))
    for (let i = 0; i < rows; i++) softmaxInPlace(values.subarray(i * classes, (i + 1) * classes));
  return { rows, classes, values };
}

/** What a student is taught, from a teacher's answers. The seed is that of sampled labels. */
export function targetsOf(answers: Answers, lesson: Lesson, seed: Seed): Targets {
  const probabilities = probabilitiesOf(answers);
  switch (lesson.kind) {
    case "vectors": {
      const temperature = lesson.temperature ?? 1;
      return areDistributions(answers)
        ? { kind: "probabilities", values: answers.values, temperature }
        : { kind: "logits", values: answers.values, temperature };
    }
    case "rounded":
      return { kind: "probabilities", values: rounded(probabilities, lesson.decimals) };
    case "top":
      return { kind: "probabilities", values: topOf(probabilities, lesson.count) };
    case "labels":
      return { kind: "labels", labels: labelsOf(answers), smoothing: lesson.smoothing ?? 0 };
    case "sampled":
      return { kind: "labels", labels: sampled(probabilities, seed), smoothing: lesson.smoothing ?? 0 };
  }
}

function areDistributions({ rows, classes, values }: Answers): boolean {
  for (let i = 0; i < rows; i++) {
    let sum = 0;
    for (let j = 0; j < classes; j++) {
      const p = values[i * classes + j] ?? Number.NaN;
      if (!(p >= 0 && p <= 1)) return false;
      sum += p;
    }
    if (Math.abs(sum - 1) > TOLERANCE) return false;
  }
  return true;
}

function rounded({ rows, classes, values }: Answers, decimals: number): Float32Array {
  const scale = 10 ** decimals;
  const out = values.map((p) => Math.round(p * scale) / scale);
  for (let i = 0; i < rows; i++) {
    const row = out.subarray(i * classes, (i + 1) * classes);
    const sum = row.reduce((total, p) => total + p, 0);
    for (let j = 0; j < classes; j++) row[j] = sum > 0 ? (row[j] ?? 0) / sum : 1 / classes;
  }
  return out;
}

function topOf({ rows, classes, values }: Answers, count: number): Float32Array {
  const out = new Float32Array(values.length);
  for (let i = 0; i < rows; i++) {
    const row = values.subarray(i * classes, (i + 1) * classes);
    const order = Array.from(row.keys()).sort((a, b) => (row[b] ?? 0) - (row[a] ?? 0));
    const shown = order.slice(0, count);
    const left = Math.max(0, 1 - shown.reduce((sum, j) => sum + (row[j] ?? 0), 0));
    for (const j of order) out[i * classes + j] = left / Math.max(1, classes - shown.length);
    for (const j of shown) out[i * classes + j] = row[j] ?? 0;
  }
  return out;
}

function sampled({ rows, classes, values }: Answers, seed: Seed): Int32Array {
  const numbers = random(seed, "sampled labels");
  return Int32Array.from({ length: rows }, (_, i) => {
    let left = numbers.uniform();
    for (let j = 0; j < classes - 1; j++) {
      left -= values[i * classes + j] ?? 0;
      if (left < 0) return j;
    }
    return classes - 1;
  });
}
