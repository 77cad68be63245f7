import { type AnswerTable, answerResiduals } from "@indicia/proof/answer-residual";
import { applyMap } from "@indicia/proof/shaping";
import { type Shaping, shapingMap } from "@indicia/proof/shaping-map";
import { quantise } from "@indicia/proof/statistic";
import type { SealedResidual } from "./observation-format.js";
import { float64Bytes, int16Bytes } from "./numbers.js";

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
  "shadow-score": ["raw"],
  "shadow-score-fitted": ["raw"],
  "shadow-label": ["raw"],
  "shadow-label-fitted": ["raw"],
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
