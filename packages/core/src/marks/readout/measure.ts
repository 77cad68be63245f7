import type { SealedResidual } from "@indicia/evidence/formats";
import { type AnswerTable, answerResiduals } from "@indicia/proof/answer-residual";
import { applyMap } from "@indicia/proof/shaping";
import { quantise } from "@indicia/proof/statistic";
import { float64Bytes, int16Bytes } from "../../bytes.js";
import type { Basis } from "./basis.js";
import { type Shaping, shapingMap } from "./shape.js";

/** A residual ready to be sealed, with the files it refers to. */
export interface Measured {
  readonly residuals: SealedResidual[];
  readonly files: Map<string, Uint8Array>;
}

/** What is tried, all of it key-free; each entry is paid for once. Labels give too little to shape by whitening. */
const SHAPINGS = {
  "log-ratio": ["raw", "whitened", "clipped"],
  difference: ["raw", "clipped"],
  label: ["raw", "clipped"],
} as const satisfies Record<string, readonly Shaping[]>;

/**
 * Every residual of the first `count` answers under every shaping, quantised for an exact T.
 *
 * @param name prefix of the file names, unique within the observation
 */
export function measureAnswers(table: AnswerTable, count: number, name: string): Measured {
  const { dimensions: k, classes: m, phi } = table;
  const residuals: SealedResidual[] = [];
  const files = new Map<string, Uint8Array>();
  for (const { residual, matrix } of answerResiduals(table, count)) {
    for (const shaping of SHAPINGS[residual]) {
      const id = `${name}-${residual}-${shaping}`;
      const map = shapingMap(shaping, { phi, count, k, matrix });
      const mapFile = map === null ? null : `${id}.map.f64`;
      if (map !== null && mapFile !== null) files.set(mapFile, float64Bytes(map));
      files.set(`${id}.i16`, int16Bytes(quantise(applyMap(map, matrix, k))));
      residuals.push({
        id,
        carrier: { scheme: "readout/1", rows: k, columns: m },
        file: `${id}.i16`,
        formed: { residual, shaping, map: mapFile },
      });
    }
  }
  return { residuals, files };
}

/**
 * The read-out of an open file: the change of its effective weights, back in phi coordinates.
 * R_r = (W' - W) B_r / ||B_r||^2 for each row B_r of the basis.
 *
 * @param suspect W', row-major [m, d]
 * @param reference W, row-major [m, d]
 */
export function measureReadoutFile(
  suspect: Float64Array,
  reference: Float64Array,
  basis: Basis,
  shape: { readonly classes: number; readonly name: string },
): Measured {
  const { features: d, dimensions: k, rows } = basis;
  const m = shape.classes;
  const matrix = new Float64Array(k * m);
  for (let r = 0; r < k; r++) {
    let norm = 0;
    for (let j = 0; j < d; j++) norm += (rows[r * d + j] ?? 0) ** 2;
    for (let c = 0; c < m; c++) {
      let sum = 0;
      for (let j = 0; j < d; j++) {
        const change = (suspect[c * d + j] ?? 0) - (reference[c * d + j] ?? 0);
        sum += (Number.isFinite(change) ? change : 0) * (rows[r * d + j] ?? 0);
      }
      matrix[r * m + c] = norm > 0 ? sum / norm : 0;
    }
  }
  const id = `${shape.name}-readout`;
  return {
    residuals: [
      { id, carrier: { scheme: "readout/1", rows: k, columns: m }, file: `${id}.i16`, formed: null },
    ],
    files: new Map([[`${id}.i16`, int16Bytes(quantise(matrix))]]),
  };
}
