import type { PlannedTensor } from "@indicia/evidence/registration-format";
import type { OnnxModel } from "@indicia/onnx/open";
import { readFloats } from "@indicia/onnx/read-tensor";
import { matmul } from "@indicia/runtime/kernels";
import { publicRandom } from "../../../probes/prng.js";
import { CoreError } from "../../../error.js";
import { storedTensors } from "../tensor-scales.js";
import { type Matrix, type MatrixShape, matrixLayout, toCanonical } from "./matrix.js";

/** Weights per byte of a sketch: 1 MB for 100 million weights. */
const WEIGHTS_PER_BYTE = 100;
/** Bits per row: with fewer a row is not known again among hundreds, more than that tell nothing new. */
const BITS = { least: 16, most: 256 } as const;

/** What is kept of the rows of one planned tensor. */
export interface TensorSketch extends MatrixShape {
  readonly label: string;
  /** Bits per row, a multiple of 8. */
  readonly bits: number;
  /** Signs of the rows' projections, +1 or -1, row-major [out, bits]. */
  readonly signs: Float32Array;
}

/** How many bits each row of a plan gets, and the bytes of all of them; null where they would be too few. */
function sketchSize(plan: readonly PlannedTensor[]): { bits: number; bytes: number } | null {
  const rows = plan.reduce((sum, each) => sum + each.rows, 0);
  const weights = plan.reduce((sum, each) => sum + each.rows * each.columns, 0);
  const bytesPerRow = Math.floor(weights / WEIGHTS_PER_BYTE / rows);
  const bits = Math.min(BITS.most, 8 * bytesPerRow);
  return bits < BITS.least ? null : { bits, bytes: (rows * bits) / 8 };
}

/**
 * What alignment needs to know of a reference that is not at hand: for each row the signs of its projections on public
 * random directions (M. Charikar, "Similarity estimation techniques from rounding algorithms", STOC 2002). From two
 * rows' signs follows the angle between them and nothing else.
 *
 * @returns one byte per 100 weights at most, or null for models whose rows are too short for that
 */
export async function makeSketch(
  model: OnnxModel,
  plan: readonly PlannedTensor[],
): Promise<Uint8Array | null> {
  const size = sketchSize(plan);
  if (size === null) return null;
  const bytes = new Uint8Array(size.bytes);
  let at = 0;
  for (const planned of plan) {
    const [tensor] = storedTensors(model, planned);
    if (tensor === undefined) continue;
    const matrix = toCanonical(readFloats(model, tensor), matrixLayout(planned.dims, planned.rowAxis));
    const projections = await projectedRows(matrix, planned.label, size.bits);
    for (const [i, value] of projections.entries())
      if (value < 0) bytes[at + (i >> 3)] = (bytes[at + (i >> 3)] ?? 0) | (1 << (i & 7));
    at += projections.length / 8;
  }
  return bytes;
}

/**
 * Read a sketch of a plan back.
 *
 * @throws CoreError REGISTRATION_INVALID where it is not of this plan
 */
export function readSketch(bytes: Uint8Array, plan: readonly PlannedTensor[]): TensorSketch[] {
  const size = sketchSize(plan);
  if (size === null || bytes.length !== size.bytes) {
    throw new CoreError(
      "REGISTRATION_INVALID",
      "sketch.bin has another length than the plan gives",
      "Restore the registration folder from a backup.",
    );
  }
  const { bits } = size;
  let at = 0;
  return plan.map(({ label, dims, rowAxis, rows }) => {
    const signs = new Float32Array(rows * bits);
    for (let i = 0; i < signs.length; i++)
      signs[i] = (((bytes[at + (i >> 3)] ?? 0) >> (i & 7)) & 1) === 1 ? -1 : 1;
    at += signs.length / 8;
    const { out, inn, kernel } = matrixLayout(dims, rowAxis);
    return { label, out, inn, kernel, bits, signs };
  });
}

/**
 * Projections of a matrix's rows on the public directions of a label.
 *
 * @returns row-major [out, bits]
 */
export function projectedRows(
  { out, inn, kernel, values }: Matrix,
  label: string,
  bits: number,
): Promise<Float32Array> {
  const width = inn * kernel;
  const random = publicRandom(`indicia/1/sketch/${label}`);
  const directions = new Float32Array(width * bits);
  for (let i = 0; i < directions.length; i++) directions[i] = random() < 0.5 ? -1 : 1;
  return matmul(values, [out, width], directions, [width, bits]);
}
