import { randomNumbers } from "@indicia/data/random-numbers";
import { elementCount, gatherRows, type Tensor, toFloat64 } from "@indicia/onnx/tensor";
import { matmul } from "@indicia/runtime/kernels";
import type { Baseline, BaselineKey, Budget, Check, Guarded, Owner, Pool } from "./baseline.js";
import { answerDistortion, within } from "./distortion.js";
import { checkedAnswers } from "./labels.js";
import { largest } from "./largest.js";
import { signalToNoise } from "./periodogram.js";
import { lnRank, RANDOM_KEYS } from "./rank.js";

export interface CosWmOptions {
  /**
   * Angular frequency f_w of the cosine, as the standard deviation of its phase over the owner's rows, in radians.
   * Default 2: of 1.5, 2, 3 and 6 the one that told students of Fashion-MNIST from others best. Slower waves resemble those
   * of all random projections, faster ones are not learned.
   */
  readonly spread?: number;
  /** Answers below this probability of the marked class are left out: q_min. */
  readonly least?: number;
  /** Subtract the reference's own answers before the periodogram, which the paper does not. */
  readonly residual?: boolean;
  readonly randomKeys?: number;
}

/** Largest epsilon tried; the paper's are 0.05 to 0.2. */
const MOST_EPSILON = 0.5;
/** Steps up to the mark's frequency, and all: phases spread over a few turns, so that a finer grid shows no more. */
const PER = 4;
const FREQUENCIES = 32;
/** Random keys whose projections are computed in one product. */
const CHUNK = 500;

/** The key's parts, "Watermarking": target class i*, frequency f_w, and a random unit vector v. */
interface CosKey {
  readonly target: number;
  readonly vector: Float64Array;
}

/**
 * CosWM: probabilities are pulled along a cosine of a keyed projection of the input, cos(f_w v x) for the target class
 * and its opposite, spread evenly, for the others (the paper's modified softmax), as strongly as the budget admits.
 * The detector takes the signal-to-noise ratio of the suspect's probabilities at f_w. Its p is the rank among
 * random vectors v of the same target class: the probes are chosen by the class, never by v.
 */
export function cosWm(options: CosWmOptions = {}): Baseline {
  return {
    name: options.residual === true ? "CosWM with the residual correction" : "CosWM",
    paper:
      "Charette, Chu, Chen, Pei, Wang, Zhang: Cosine Model Watermarking Against Ensemble Distillation, AAAI 2022",
    changes: "answers",
    keyed: true,
    protect: (owner, key, budget) => protect(owner, key, budget, options),
  };
}

async function protect(
  owner: Owner,
  key: BaselineKey,
  budget: Budget,
  options: CosWmOptions,
): Promise<Guarded> {
  const { inputs, labels } = owner.calibration;
  const parts = keyParts(key, owner.classes, inputs);
  const frequency = (options.spread ?? 2) / deviation(await projections(inputs, [parts.vector]));
  const wave = (rows: Tensor): Promise<Float64Array> =>
    projections(rows, [parts.vector]).then((all) => Float64Array.from(all, (p) => Math.cos(frequency * p)));
  const [plain, cosines] = [await owner.ask(inputs), await wave(inputs)];
  const epsilon = await largest(MOST_EPSILON, (each) => {
    const after = perturbed(plain, cosines, parts.target, each);
    return within(answerDistortion(plain, after, labels), budget);
  });
  return {
    model: owner.model,
    answer: async (rows) => perturbed(await owner.ask(rows), await wave(rows), parts.target, epsilon),
    check: (pool) => check(owner, key, parts, pool, { ...options, frequency }),
  };
}

function keyParts(key: BaselineKey, classes: number, inputs: Tensor): CosKey {
  const width = elementCount(inputs.dims.slice(1));
  return {
    target: randomNumbers(`coswm/${key}/target`).below(classes),
    vector: unitVector(`coswm/${key}/vector`, width),
  };
}

function unitVector(seed: string, width: number): Float64Array {
  const { normal } = randomNumbers(seed);
  const drawn = Float64Array.from({ length: width }, normal);
  const length = Math.sqrt(drawn.reduce((sum, value) => sum + value * value, 0));
  return drawn.map((value) => value / length);
}

/** p = v x for every vector and row, row-major [vectors, rows]. */
async function projections(rows: Tensor, vectors: readonly Float64Array[]): Promise<Float32Array> {
  const [count = 0] = rows.dims;
  const width = elementCount(rows.dims.slice(1));
  const values = toFloat64(rows);
  const turned = new Float32Array(values.length);
  for (let i = 0; i < count; i++)
    for (let j = 0; j < width; j++) turned[j * count + i] = values[i * width + j] ?? 0;
  const left = new Float32Array(vectors.length * width);
  for (const [at, vector] of vectors.entries()) left.set(vector, at * width);
  return matmul(left, [vectors.length, width], turned, [width, count]);
}

/** (q + eps (1 + a)) / (1 + 2 eps), the others sharing 1 + a, where a is the cosine for the target, else its opposite. */
function perturbed(plain: Tensor, cosines: Float64Array, target: number, epsilon: number): Tensor {
  const [, classes = 1] = plain.dims;
  const data = toFloat64(plain).map((q, at) => {
    const [row, label] = [Math.floor(at / classes), at % classes];
    const cosine = cosines[row] ?? 0;
    const pull = label === target ? 1 + cosine : (1 - cosine) / (classes - 1);
    return (q + epsilon * pull) / (1 + 2 * epsilon);
  });
  return { type: "float64", dims: plain.dims, data };
}

async function check(
  owner: Owner,
  key: BaselineKey,
  { target, vector }: CosKey,
  pool: Pool,
  options: CosWmOptions & { readonly frequency: number },
): Promise<Check> {
  const { frequency, least = 0.5, residual = false, randomKeys = RANDOM_KEYS } = options;
  const { classes } = owner;
  const known = column(toFloat64(await owner.ask(pool.fresh)), target, classes);
  // The surest rows first: there the suspect's own doubts drown the mark least.
  const chosen = [...known.keys()]
    .filter((row) => (known[row] ?? 0) >= least)
    .sort((a, b) => (known[b] ?? 0) - (known[a] ?? 0))
    .slice(0, pool.most);
  const inputs = gatherRows(pool.fresh, chosen);
  const width = elementCount(inputs.dims.slice(1));
  const all: Float32Array[] = [await projections(inputs, [vector])];
  for (let from = 0; from < randomKeys; from += CHUNK) {
    const count = Math.min(CHUNK, randomKeys - from);
    const vectors = Array.from({ length: count }, (_, i) =>
      unitVector(`coswm/${key}/random/${from + i}`, width),
    );
    const times = await projections(inputs, vectors);
    for (let i = 0; i < count; i++) all.push(times.subarray(i * chosen.length, (i + 1) * chosen.length));
  }
  return {
    inputs,
    judge: async (answers) => {
      const seen = column(checkedAnswers(answers, chosen.length, classes), target, classes);
      const kept = [...seen.keys()].filter((row) => (seen[row] ?? 0) >= least);
      const values = centred(
        Float64Array.from(kept, (row) => (seen[row] ?? 0) - (residual ? (known[chosen[row] ?? 0] ?? 0) : 0)),
      );
      const scores = Float64Array.from(all, (times) =>
        signalToNoise(
          Float32Array.from(kept, (row) => times[row] ?? 0),
          values,
          { frequency, per: PER, count: FREQUENCIES },
        ),
      );
      const [score = 0] = scores;
      return { score, lnP: lnRank(score, scores.subarray(1)), how: "rank", queries: chosen.length };
    },
  };
}

function column(values: Float64Array, at: number, width: number): Float64Array {
  return Float64Array.from({ length: values.length / width }, (_, row) => values[row * width + at] ?? 0);
}

function deviation(values: Float32Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

function centred(values: Float64Array): Float64Array {
  const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(values.length, 1);
  return values.map((value) => value - mean);
}
