import type { OnnxModel, TensorEntry } from "./model.js";
import { rawLocation, readFloats } from "./read-tensor.js";
import { readInto } from "./source.js";
import { elementCount } from "./tensor.js";

const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/**
 * `readFloats` for whoever goes through a whole tensor: float32 from a file is read into the same memory again and
 * again, which saves most of the time.
 *
 * @param most largest count that will be asked for
 * @returns reads `count` numbers from linear index `start`; they are valid until the next call
 * @throws OnnxError as `readFloats`
 */
export function floatReader(
  model: OnnxModel,
  entry: TensorEntry,
  most: number,
): (start: number, count: number) => Float32Array {
  const place = entry.type === "float32" && LITTLE_ENDIAN ? rawLocation(model, entry) : null;
  const descriptor = place?.source.descriptor ?? null;
  if (place === null || descriptor === null) return (start, count) => readFloats(model, entry, start, count);
  const total = elementCount(entry.dims);
  const numbers = new Float32Array(Math.min(most, total));
  return (start, count) => {
    if (!(start >= 0 && count >= 0 && count <= numbers.length && start + count <= total))
      throw new RangeError(`elements ${start} to ${start + count} are not in a tensor of ${total}`);
    const wanted = numbers.subarray(0, count);
    readInto(descriptor, place.range.start + 4 * start, new Uint8Array(numbers.buffer, 0, 4 * count));
    return wanted;
  };
}
