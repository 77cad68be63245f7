import { randomNumbers } from "@indicia/data/random-numbers";
import { openModelBytes } from "@indicia/onnx/open";
import { elementCount } from "@indicia/onnx/tensor";
import { modelBytes } from "@indicia/onnx/write";

/** Vectors, such as biases, stay as they are. */
const SMALLEST_RANK = 2;

/**
 * What stands in for a student of a tiny model: its matrices go astray in part as those of every student, in part
 * in their own way. The same options give the same bytes.
 *
 * @param model an .onnx file whose matrices are float32
 * @param options.common standard deviation of what all students share, as a share of the matrix's own
 * @param options.own the same of what this one has for itself
 */
export function tinyStudent(
  model: Uint8Array,
  options: { readonly seed: number; readonly common: number; readonly own: number },
): Uint8Array {
  const opened = openModelBytes(model);
  const matrices = opened.tensors.filter(
    ({ dims, type }) => type === "float32" && dims.length >= SMALLEST_RANK,
  );
  return modelBytes(
    opened,
    matrices.map((tensor) => {
      const shared = randomNumbers(`tiny student/${tensor.name}`);
      const alone = randomNumbers(`tiny student/${tensor.name}/${options.seed}`);
      const scale = 1 / Math.sqrt(Math.max(1, elementCount(tensor.dims.slice(0, 1))));
      return {
        kind: "values",
        tensor,
        update: (values) => {
          for (let i = 0; i < values.length; i++) {
            const astray = options.common * shared.normal() + options.own * alone.normal();
            values[i] = (values[i] ?? 0) + scale * astray;
          }
        },
      };
    }),
  );
}
