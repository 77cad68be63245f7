import type { Tensor } from "@indicia/onnx/tensor";
import { nothingToDo } from "../error.js";
import { changeRows } from "./change.js";

/** One channel of an image, row-major. */
export interface Plane {
  readonly values: Float64Array;
  readonly height: number;
  readonly width: number;
}

/**
 * Change every channel of every image of [n, c, height, width] in place within a copy.
 *
 * @throws AttackError NOTHING_TO_DO where the rows are no images
 */
export function changePlanes(images: Tensor, change: (plane: Plane) => void): Tensor {
  const [, channels = 0, height = 0, width = 0] = images.dims;
  if (images.dims.length !== 4) throw nothingToDo("images [n, c, height, width] among its inputs");
  const size = height * width;
  return changeRows(images, (row) => {
    for (let c = 0; c < channels; c++)
      change({ values: row.subarray(c * size, (c + 1) * size), height, width });
  });
}
