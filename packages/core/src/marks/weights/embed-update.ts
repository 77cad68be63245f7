import type { ValuesUpdate } from "@indicia/onnx/edit";
import { weightWords, WORDS_PER_BLOCK } from "@indicia/proof/carrier";
import type { Keystream } from "@indicia/proof/keystream";
import { type RowLayout, walkRows } from "./rows.js";

/** Words drawn at a time: they and the weights they meet stay in the cache. */
const WORDS_AT_ONCE: number = 1024 * WORDS_PER_BLOCK;

/** What a tensor's weights are changed by. It can be posted to a thread, which shares its arrays. */
export interface MarkUpdate {
  readonly layout: RowLayout;
  /** eps sigma per row. */
  readonly steps: Float64Array;
  /** From `markSigns`, by word. */
  readonly signs: Float32Array;
  /** Stream key of the tensor. */
  readonly key: Uint8Array;
}

/** Adds the mark to a range of weights, in place: w' = w + signs[word] steps[row]. */
export function markUpdate({ layout, steps, signs, key }: MarkUpdate, keystream: Keystream): ValuesUpdate {
  return (values, start) => {
    for (let done = 0; done < values.length; done += WORDS_AT_ONCE) {
      const part = values.subarray(done, done + WORDS_AT_ONCE);
      const words = weightWords(key, start + done, part.length, keystream);
      walkRows(layout, start + done, part.length, (from, to, row, step) => {
        for (let i = from, r = row; i < to; i++, r += step) {
          part[i] = (part[i] as number) + (signs[words[i] as number] as number) * (steps[r] as number);
        }
      });
    }
  };
}

/** The same numbers in memory that threads share. */
export function shared<T extends Float32Array | Float64Array>(numbers: T): T {
  const copy = new (numbers.constructor as new (buffer: SharedArrayBuffer) => T)(
    new SharedArrayBuffer(numbers.byteLength),
  );
  copy.set(numbers);
  return copy;
}
