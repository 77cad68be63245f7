import type { AnswerTable } from "@indicia/proof/answer-residual";
import { float64Bytes } from "../numbers.js";
import { measureAnswers } from "../measure-answers.js";
import type { ObservedControl, SealedResidual } from "../observation-format.js";
import { SAMPLE_SHADOWS, shadowedFiles } from "./sample-shadows.js";

/** Answers of the sample: six probes, the last of them lost. */
const SAMPLE_TABLE: AnswerTable = {
  probes: 6,
  dimensions: 2,
  classes: 3,
  phi: Float64Array.of(1, -1, 0.5, 2, -1.5, 0.25, -0.5, -1, 1.25, 0.5, 0, 1),
  reference: Float64Array.of(1, 0, -1, 0.5, 0.25, 0, 0, 1, 2, -1, 0, 1, 0.5, 0.5, -0.5, 1, 1, 0),
  link: "softmax",
  vectors: {
    scale: "probabilities",
    values: Float64Array.from(
      [
        [0.65, 0.25, 0.1],
        [0.4, 0.35, 0.25],
        [0.1, 0.25, 0.65],
        [0.1, 0.25, 0.65],
        [0.4, 0.4, 0.2],
        [Number.NaN, Number.NaN, Number.NaN],
      ].flat(),
    ),
  },
  labels: null,
  decimals: null,
  probeRule: "most-uncertain",
  shadows: [],
};

/** Probes of the sample. */
export const SAMPLE_PROBES = 6;

/** Residuals of the sample and of its controls, and every file that they and the answers lie in. */
export function sampleMeasured(shadowed: boolean): {
  looks: SealedResidual[];
  controls: ObservedControl[];
  files: Map<string, Uint8Array>;
} {
  const files = new Map<string, Uint8Array>();
  const table: AnswerTable = shadowed
    ? { ...SAMPLE_TABLE, probeRule: "most-spread", shadows: SAMPLE_SHADOWS }
    : SAMPLE_TABLE;
  const measured = (name: string): SealedResidual[] => {
    const { residuals, files: made } = measureAnswers(table, SAMPLE_PROBES, name);
    for (const [file, bytes] of made) files.set(file, bytes);
    return residuals;
  };
  const looks = measured(`look-${SAMPLE_PROBES}`);
  const controls: ObservedControl[] = (["reference", "stranger", "noised-1", "noised-2"] as const).map(
    (name) => ({
      name,
      kind: name === "reference" ? ("reference" as const) : ("innocent" as const),
      residuals: measured(`control-${name}`),
    }),
  );
  files.set("phi.f64", float64Bytes(SAMPLE_TABLE.phi));
  files.set("reference.f64", float64Bytes(SAMPLE_TABLE.reference));
  files.set("answers.f64", float64Bytes(SAMPLE_TABLE.vectors?.values ?? new Float64Array(0)));
  if (!shadowed) return { looks, controls, files };
  const shadows = shadowedFiles(table);
  for (const [file, bytes] of shadows.files) files.set(file, bytes);
  return { looks, controls: [...controls, ...shadows.controls], files };
}
