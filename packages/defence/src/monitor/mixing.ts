import { randomNumbers } from "@indicia/data/random-numbers";

/** Wider rows are mixed down: principal directions of thousands of inputs take minutes. */
const WIDEST = 1024;
const MIXED_WIDTH = 256;
/** Signs of the latest mixings: a gateway has few, and asks for them at every request. */
const mixings = new Map<string, Int8Array>();
const MOST_MIXINGS = 8;

function mixingSigns(width: number, seed: number): Int8Array {
  const name = `${seed}/${width}`;
  const known = mixings.get(name);
  if (known !== undefined) return known;
  const numbers = randomNumbers(`monitor mixing/${seed}`);
  const signs = Int8Array.from({ length: MIXED_WIDTH * width }, () => (numbers.uniform() < 0.5 ? -1 : 1));
  if (mixings.size >= MOST_MIXINGS) mixings.clear();
  mixings.set(name, signs);
  return signs;
}

/** Random signs keep distances (D. Achlioptas, "Database-friendly random projections", 2003, theorem 1.1). */
export function mixedDown(
  values: Float64Array,
  rows: number,
  width: number,
  seed: number,
): { values: Float64Array; width: number } {
  if (width <= WIDEST) return { values, width };
  const signs = mixingSigns(width, seed);
  const mixed = new Float64Array(rows * MIXED_WIDTH);
  for (let i = 0; i < rows; i++) {
    for (let r = 0; r < MIXED_WIDTH; r++) {
      let sum = 0;
      for (let j = 0; j < width; j++) sum += (signs[r * width + j] ?? 0) * (values[i * width + j] ?? 0);
      mixed[i * MIXED_WIDTH + r] = sum / Math.sqrt(MIXED_WIDTH);
    }
  }
  return { values: mixed, width: MIXED_WIDTH };
}
