import { badOption } from "../error.js";
import type { InputChange } from "./change.js";
import { changePlanes, type Plane } from "./images.js";

export interface JpegOptions {
  /** 1 .. 100, as in the library of the Independent JPEG Group. */
  readonly quality: number;
  /** What black and white are in the inputs, default 0 and 1. */
  readonly range?: readonly [black: number, white: number];
}

/** Edge of a block in pixels. */
const BLOCK = 8;

/** Luminance table of ISO/IEC 10918-1, Annex K, table K.1. */
const LUMINANCE: readonly number[] = [
  16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22,
  29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103,
  121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
];

/** Rows are the cosines of ISO/IEC 10918-1, A.3.3, scaled to an orthonormal matrix. */
const COSINES: Float64Array = Float64Array.from({ length: BLOCK * BLOCK }, (_, i) => {
  const [u, x] = [Math.floor(i / BLOCK), i % BLOCK];
  return (u === 0 ? Math.SQRT1_2 : 1) * 0.5 * Math.cos(((2 * x + 1) * u * Math.PI) / (2 * BLOCK));
});

/**
 * Images [n, c, height, width] as a JPEG file gives them back: 8 bits, cosine transform of 8 x 8 blocks, coefficients
 * rounded by the luminance table. Every channel is taken for a grey image; the coding that a file adds loses nothing,
 * and so is left out.
 *
 * @throws AttackError ATTACK_OPTION; NOTHING_TO_DO where the rows are no images
 */
export function jpeg({ quality, range: [black, white] = [0, 1] }: JpegOptions): InputChange {
  if (!(Number.isInteger(quality) && quality >= 1 && quality <= 100)) throw badOption(`quality ${quality}`);
  const table = tableOf(quality);
  const scale = (white - black) / 255;
  return (images) =>
    changePlanes(images, (plane) => {
      const { values } = plane;
      for (const [at, value] of values.entries()) values[at] = toByte((value - black) / scale);
      for (let top = 0; top < plane.height; top += BLOCK)
        for (let left = 0; left < plane.width; left += BLOCK) codeBlock(plane, top, left, table);
      for (const [at, value] of values.entries()) values[at] = black + scale * value;
    });
}

/** The table at a quality, by the rule of the Independent JPEG Group's library (jcparam.c). */
function tableOf(quality: number): readonly number[] {
  const percent = quality < 50 ? Math.floor(5000 / quality) : 200 - 2 * quality;
  return LUMINANCE.map((step) => Math.min(Math.max(Math.floor((step * percent + 50) / 100), 1), 255));
}

function toByte(value: number): number {
  return Math.min(Math.max(Math.round(value), 0), 255);
}

/** One block there and back; beyond the edges the last pixel goes on. */
function codeBlock(
  { values, height, width }: Plane,
  top: number,
  left: number,
  table: readonly number[],
): void {
  const at = (i: number): number =>
    Math.min(top + Math.floor(i / BLOCK), height - 1) * width + Math.min(left + (i % BLOCK), width - 1);
  const block = Float64Array.from({ length: BLOCK * BLOCK }, (_, i) => (values[at(i)] ?? 0) - 128);
  const coefficients = sandwich(block, COSINES, false);
  for (const [i, step] of table.entries()) coefficients[i] = step * Math.round((coefficients[i] ?? 0) / step);
  const decoded = sandwich(coefficients, COSINES, true);
  for (const [i, value] of decoded.entries()) {
    const inside = top + Math.floor(i / BLOCK) < height && left + (i % BLOCK) < width;
    if (inside) values[at(i)] = toByte(value + 128);
  }
}

/** C B C^T, or C^T B C where turned. */
function sandwich(block: Float64Array, c: Float64Array, turned: boolean): Float64Array {
  const entry = (i: number, j: number): number => (turned ? c[j * BLOCK + i] : c[i * BLOCK + j]) ?? 0;
  const half = new Float64Array(BLOCK * BLOCK);
  const whole = new Float64Array(BLOCK * BLOCK);
  for (let i = 0; i < BLOCK; i++)
    for (let k = 0; k < BLOCK; k++)
      for (let j = 0; j < BLOCK; j++)
        half[i * BLOCK + j] = (half[i * BLOCK + j] ?? 0) + entry(i, k) * (block[k * BLOCK + j] ?? 0);
  for (let i = 0; i < BLOCK; i++)
    for (let k = 0; k < BLOCK; k++)
      for (let j = 0; j < BLOCK; j++)
        whole[i * BLOCK + j] = (whole[i * BLOCK + j] ?? 0) + (half[i * BLOCK + k] ?? 0) * entry(j, k);
  return whole;
}
