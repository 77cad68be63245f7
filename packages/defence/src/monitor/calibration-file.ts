import { fromBase64, toBase64 } from "@indicia/evidence/base64";
import { float64Bytes, float64Values } from "@indicia/evidence/numbers";
import { z } from "zod";
import { DefenceError } from "../error.js";
import type { Calibration } from "./calibration.js";
import { CELLS, EMBEDDED } from "./window.js";

/** Longest file read: a window over a thousand classes and features takes 3 MB. */
const MAX_BYTES: number = 64 * 2 ** 20;
const FORMAT = "indicia-monitor/2";

const count = z.number().int().positive().max(1_000_000);
const positive = z.number().positive();
const level = z.number().gt(0).lt(1);
/** Little-endian float64 as base64. */
const floats = z.string().transform((text) => float64Values(fromBase64(text)));
const unit = z.strictObject({ location: z.number(), unit: positive });
const basis = z.strictObject({ features: count, dimensions: count, mean: floats, rows: floats });
const calibrationSchema = z.strictObject({
  format: z.literal(FORMAT),
  space: z.enum(["features", "inputs"]),
  horizon: count,
  level,
  rates: z.strictObject({ slowest: positive, busiest: positive }).nullable(),
  looks: z
    .array(
      z.strictObject({
        prada: unit,
        coverage: unit,
        boundary: unit,
        drift: unit,
        outside: unit,
        texture: unit,
        volume: unit.nullable(),
      }),
    )
    .min(1),
  together: positive,
  largest: floats,
  threshold: z.number(),
  pooled: z.strictObject({
    units: z.strictObject({ drift: unit, outside: unit, boundary: unit, texture: unit }),
    together: positive,
    threshold: z.number(),
    level,
  }),
  window: z.strictObject({
    width: count,
    classes: count,
    seed: z.number().int(),
    basis,
    rest: z.strictObject({ mean: z.number(), deviation: positive }),
    dimensions: count,
    frequencies: floats,
    means: floats,
    centres: floats,
    furthest: floats,
    lowest: floats,
    cells: floats,
    texture: z.strictObject({ width: count, basis, means: floats, deviations: floats }).nullable(),
  }),
});

/** A calibration as JSON. */
export function encodeCalibration(calibration: Calibration): Uint8Array {
  const text = JSON.stringify({ format: FORMAT, ...calibration }, (_, value: unknown) =>
    value instanceof Float64Array ? toBase64(float64Bytes(value)) : value,
  );
  return new TextEncoder().encode(`${text}\n`);
}

/** @throws DefenceError CALIBRATION_INVALID */
export function decodeCalibration(bytes: Uint8Array): Calibration {
  if (bytes.length > MAX_BYTES) throw invalid(`it has ${bytes.length} bytes`);
  let parsed: z.infer<typeof calibrationSchema>;
  try {
    parsed = calibrationSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch (cause) {
    throw invalid("it is no calibration of a monitor", cause);
  }
  const { format: _, ...calibration } = parsed;
  const { window } = calibration;
  const { texture } = window;
  const lengths: readonly (readonly [Float64Array, number])[] = [
    ...[window.basis, ...(texture === null ? [] : [texture.basis])].flatMap(
      ({ mean, rows, features, dimensions }): [Float64Array, number][] => [
        [mean, features],
        [rows, features * dimensions],
      ],
    ),
    [texture?.means ?? window.furthest, window.classes],
    [texture?.deviations ?? window.furthest, window.classes],
    [window.frequencies, (EMBEDDED / 2) * window.dimensions],
    [window.means, window.classes * EMBEDDED],
    [window.centres, window.classes * window.dimensions],
    [window.furthest, window.classes],
    [window.lowest, window.classes],
    [window.cells, CELLS * window.dimensions],
  ];
  if (window.dimensions !== window.basis.dimensions + 1) throw invalid("its coordinates do not agree");
  if (lengths.some(([values, length]) => values.length !== length || !values.every(Number.isFinite)))
    throw invalid("its numbers are not as many as it says, or not finite");
  return calibration;
}

function invalid(what: string, cause?: unknown): DefenceError {
  return new DefenceError(
    "CALIBRATION_INVALID",
    `the calibration cannot be used: ${what}`,
    "Calibrate the monitor again.",
    { cause },
  );
}
