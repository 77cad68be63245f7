import { type RandomNumbers, randomNumbers } from "@indicia/data/random-numbers";
import { GLYPHS, type Stroke } from "./strokes.js";

/** Pixels along each side of an image. */
export const GLYPH_SIZE = 20;
/** Names of the classes, in the order of the labels. */
export const GLYPH_CLASSES: readonly string[] = GLYPHS.map(({ name }) => name);

export interface GlyphImages {
  /** Grey values from 0 (paper) to 1 (ink), row-major [n, 1, 20, 20]. */
  readonly images: Float32Array;
  /** Indices into {@link GLYPH_CLASSES}, length n. */
  readonly labels: Int32Array;
}

/** How far a drawing strays from the ideal glyph; pixels, radians and shares of the size. */
const SHAPE = {
  side: 13.5,
  scale: [0.78, 1.12],
  stretch: 0.14,
  rotation: 0.36,
  shear: 0.3,
  shift: 1.8,
  wobble: 0.05,
  thickness: [1.1, 2.6],
  ink: [0.45, 1],
  noise: [0.02, 0.22],
} as const;

/**
 * Draw glyphs of uniformly random classes, each shifted, turned, scaled, sheared and wobbled, with a pen of random
 * thickness and grey, under noise. The same seed and count give the same images.
 */
export function drawGlyphs(options: { readonly seed: number | string; readonly count: number }): GlyphImages {
  const numbers = randomNumbers(`glyphs/${options.seed}`);
  const pixels = GLYPH_SIZE * GLYPH_SIZE;
  const images = new Float32Array(options.count * pixels);
  const labels = new Int32Array(options.count);
  for (let i = 0; i < options.count; i++) {
    const label = numbers.below(GLYPHS.length);
    labels[i] = label;
    drawOne(images.subarray(i * pixels, (i + 1) * pixels), GLYPHS[label]?.strokes ?? [], numbers);
  }
  return { images, labels };
}

function drawOne(image: Float32Array, strokes: readonly Stroke[], numbers: RandomNumbers): void {
  const move = placement(numbers);
  const placed = strokes.map((stroke) => stroke.map(([x, y]) => move(x, y)));
  const half = between(numbers, SHAPE.thickness) / 2;
  const ink = between(numbers, SHAPE.ink);
  const noise = between(numbers, SHAPE.noise);
  for (let y = 0; y < GLYPH_SIZE; y++) {
    for (let x = 0; x < GLYPH_SIZE; x++) {
      const distance = distanceTo(placed, x + 0.5, y + 0.5);
      // One pixel of anti-aliasing at the edge of the stroke.
      const cover = Math.min(1, Math.max(0, half + 0.5 - distance));
      const value = ink * cover + noise * numbers.normal();
      image[y * GLYPH_SIZE + x] = Math.min(1, Math.max(0, value));
    }
  }
}

/** A random affine map from the glyph's box to pixels, with a tremble of its own for every point. */
function placement(numbers: RandomNumbers): (x: number, y: number) => [number, number] {
  const scale = SHAPE.side * between(numbers, SHAPE.scale);
  const stretch = Math.exp(SHAPE.stretch * (2 * numbers.uniform() - 1));
  const angle = SHAPE.rotation * (2 * numbers.uniform() - 1);
  const shear = SHAPE.shear * (2 * numbers.uniform() - 1);
  const shiftX = SHAPE.shift * (2 * numbers.uniform() - 1);
  const shiftY = SHAPE.shift * (2 * numbers.uniform() - 1);
  const cos = Math.cos(angle);
  const sin = Math.sin(angle);
  return (x, y) => {
    const v = (y - 0.5 + SHAPE.wobble * numbers.normal()) / stretch;
    const u = (x - 0.5 + SHAPE.wobble * numbers.normal()) * stretch + shear * v;
    return [
      GLYPH_SIZE / 2 + shiftX + scale * (cos * u - sin * v),
      GLYPH_SIZE / 2 + shiftY + scale * (sin * u + cos * v),
    ];
  };
}

/** Distance in pixels from a point to the nearest stroke. */
function distanceTo(strokes: readonly Stroke[], x: number, y: number): number {
  let nearest = Number.POSITIVE_INFINITY;
  for (const stroke of strokes) {
    for (let i = 1; i < stroke.length; i++) {
      const [ax, ay] = stroke[i - 1] ?? [0, 0];
      const [bx, by] = stroke[i] ?? [0, 0];
      const dx = bx - ax;
      const dy = by - ay;
      const length = dx * dx + dy * dy;
      const along = length === 0 ? 0 : Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / length));
      const square = (x - ax - along * dx) ** 2 + (y - ay - along * dy) ** 2;
      if (square < nearest) nearest = square;
    }
  }
  return Math.sqrt(nearest);
}

function between(numbers: RandomNumbers, [low, high]: readonly [number, number]): number {
  return low + (high - low) * numbers.uniform();
}
