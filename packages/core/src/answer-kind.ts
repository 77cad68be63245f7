import type { Answer } from "./suspect.js";

/** What kind of answers a suspect gives, as far as its answers show. */
export interface LearnedAccess {
  readonly access: "logits" | "probabilities" | "top-k" | "labels";
  /** Decimals to which numbers are rounded; null where they are not, or where there are none. */
  readonly decimals: number | null;
  /** Classes shown per answer; null where all are. */
  readonly topK: number | null;
}

/** Decimals that are looked for; float32 probabilities have more. */
const MOST_DECIMALS = 6;
/** How far a sum of probabilities may miss 1: float32 rounding, or half a step per class where they are rounded. */
const SUM_TOLERANCE = 1e-3;
/** Share of answers in which all but a few classes must be hidden for top-k. */
const TOP_K_SHARE = 0.9;

/**
 * Learn from the first answers alone, without any key, what a suspect lets one see. Lost answers, and those without a
 * single finite number, say nothing.
 */
export function learnAccess(answers: readonly Answer[]): LearnedAccess {
  const vectors = answers.flatMap((answer) =>
    answer.kind === "vector" && visible(answer.values).length > 0 ? [answer.values] : [],
  );
  if (vectors.length === 0) return { access: "labels", decimals: null, topK: null };
  if (vectors.length > 1 && vectors.every(isOneHot)) return { access: "labels", decimals: null, topK: null };
  const decimals = commonDecimals(vectors);
  const topK = hiddenBeyond(vectors);
  if (topK !== null && vectors.every((vector) => visible(vector).every(isProbability))) {
    return topK === 1 && decimals === 0
      ? { access: "labels", decimals: null, topK: null }
      : { access: "top-k", decimals, topK };
  }
  const probabilities = vectors.every((vector) => visible(vector).every(isProbability));
  return { access: probabilities ? "probabilities" : "logits", decimals, topK: null };
}

function visible(vector: Float64Array): Float64Array {
  return vector.filter((value) => Number.isFinite(value));
}

function isProbability(value: number): boolean {
  return value >= 0 && value <= 1 + SUM_TOLERANCE;
}

function isOneHot(vector: Float64Array): boolean {
  return vector.length > 1 && vector.every((value) => value === 0 || value === 1) && sum(vector) === 1;
}

/**
 * The smallest number of decimals that all numbers share, or null where they have more than a suspect would round to.
 * Exact zeros and ones have none and decide nothing.
 */
function commonDecimals(vectors: readonly Float64Array[]): number | null {
  let most = 0;
  let informative = false;
  for (const vector of vectors) {
    for (const value of visible(vector)) {
      if (value === 0 || value === 1) continue;
      informative = true;
      while (most <= MOST_DECIMALS && !hasDecimals(value, most)) most++;
      if (most > MOST_DECIMALS) return null;
    }
  }
  return informative ? most : null;
}

/** Numbers pass through float32 on many servers, so a rounded one may miss its decimal by float32's precision. */
function hasDecimals(value: number, decimals: number): boolean {
  const scaled = value * 10 ** decimals;
  return Math.abs(scaled - Math.round(scaled)) <= Math.max(1e-9, Math.abs(scaled) * 1.2e-7);
}

/** Classes shown where the rest are NaN, or where zeros stand for them while the others sum to clearly less than one. */
function hiddenBeyond(vectors: readonly Float64Array[]): number | null {
  const shown = vectors.map((vector) => vector.filter((value) => !Number.isNaN(value) && value !== 0).length);
  const most = Math.max(...shown);
  const classes = vectors[0]?.length ?? 0;
  if (most === 0 || most >= classes) return null;
  if (vectors.some((vector) => vector.some(Number.isNaN))) return most;
  const exactly = shown.filter((count) => count === most).length / shown.length;
  const leftOver = vectors.some(
    (vector) => sum(vector) < 1 - SUM_TOLERANCE - 0.005 * classes * roundingStep(vectors),
  );
  return exactly >= TOP_K_SHARE && leftOver ? most : null;
}

function roundingStep(vectors: readonly Float64Array[]): number {
  const decimals = commonDecimals(vectors);
  return decimals === null ? 0 : 10 ** (2 - decimals);
}

function sum(vector: Float64Array): number {
  return visible(vector).reduce((total, value) => total + value, 0);
}
