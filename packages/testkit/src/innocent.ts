import { randomNumbers } from "@indicia/data/random-numbers";
import { type Tensor, toFloat64, type ValueInfo } from "@indicia/onnx/tensor";
import { type FakeAnswer, type FakeSuspect, fakeSuspect } from "./fake-suspect.js";

/** How much of its probabilities a suspect shows. */
export type Disclosure =
  | { readonly kind: "full" }
  | { readonly kind: "rounded"; readonly decimals: number }
  | { readonly kind: "top-k"; readonly k: number }
  | { readonly kind: "labels" };

/** Hidden units of an innocent: enough to be non-linear, few enough to be fast. */
const UNITS = 24;

/**
 * A suspect made without any key: a random two-layer network over the flattened inputs with a softmax on top.
 *
 * @param options.features elements per row, all inputs together
 */
export function innocentSuspect(options: {
  readonly seed: number;
  readonly classes: number;
  readonly features: number;
  readonly inputs?: readonly ValueInfo[];
  readonly disclosure?: Disclosure;
}): FakeSuspect {
  const { classes, features } = options;
  const numbers = randomNumbers(`innocent/${options.seed}`);
  const draw = (count: number, scale: number): Float64Array =>
    new Float64Array(count).map(() => scale * numbers.normal());
  const first = draw(UNITS * features, 1 / Math.sqrt(features));
  const second = draw(classes * UNITS, 3 / Math.sqrt(UNITS));
  return fakeSuspect(
    (row) => {
      const x = flatten(row);
      if (x.length !== features) throw new RangeError(`a row of ${x.length} elements, not ${features}`);
      const hidden = product(first, x).map((value) => Math.max(0, value));
      return disclose(softmax(product(second, hidden)), options.disclosure ?? { kind: "full" });
    },
    options.inputs === undefined ? {} : { inputs: options.inputs },
  );
}

/** What is left of full probabilities; classes kept back are NaN, as the port has it. */
export function disclose(probabilities: Float64Array, disclosure: Disclosure): FakeAnswer {
  switch (disclosure.kind) {
    case "full":
      return { kind: "vector", values: probabilities };
    case "rounded": {
      const unit = 10 ** disclosure.decimals;
      return { kind: "vector", values: probabilities.map((p) => Math.round(p * unit) / unit) };
    }
    case "top-k": {
      const ranked = [...probabilities.keys()].sort(
        (a, b) => (probabilities[b] ?? 0) - (probabilities[a] ?? 0),
      );
      const shown = new Set(ranked.slice(0, disclosure.k));
      return { kind: "vector", values: probabilities.map((p, c) => (shown.has(c) ? p : Number.NaN)) };
    }
    case "labels":
      return { kind: "label", label: probabilities.indexOf(Math.max(...probabilities)) };
  }
}

function flatten(row: Readonly<Record<string, Tensor>>): Float64Array {
  const parts = Object.entries(row)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, tensor]) => toFloat64(tensor));
  return Float64Array.from(parts.flatMap((part) => [...part]));
}

/** Matrix, row-major, times a vector. */
function product(matrix: Float64Array, vector: Float64Array): Float64Array {
  const width = vector.length;
  return Float64Array.from({ length: matrix.length / width }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < width; j++) sum += (matrix[i * width + j] ?? 0) * (vector[j] ?? 0);
    return sum;
  });
}

function softmax(logits: Float64Array): Float64Array {
  const largest = Math.max(...logits);
  const powers = logits.map((z) => Math.exp(z - largest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}
