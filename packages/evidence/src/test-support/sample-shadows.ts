import type { AnswerTable } from "@indicia/proof/answer-residual";
import { sha256Hex } from "../canonical.js";
import type { ObservationFile, ObservedControl } from "../observation-format.js";
import type { RegistrationFile } from "../registration-format.js";
import { measureShadows, SHADOW_FILES } from "../measure-shadows.js";
import { float64Bytes, int32Bytes } from "../numbers.js";

/** Logits of the sample's two shadow models on its six probes. */
export const SAMPLE_SHADOWS: readonly Float64Array[] = [
  Float64Array.of(1.5, 0.25, -1, 0.5, 0.5, 0, 0.25, 1, 1.5, -1, 0.5, 1, 0.75, 0.5, -0.5, 1, 0.5, 0.25),
  Float64Array.of(0.75, 0, -0.5, 0.5, 0, 0.25, 0, 1.25, 2, -0.5, 0, 1, 0.5, 1, -0.5, 0.5, 1, 0),
];

/** Learning probes of the sample: labels of the reference, then of the suspect. */
const CHOICE = Int32Array.of(0, 1, 2, 0, 2, -1);

/** What shadow models change of a registration. */
export function shadowedRegistration({ parameters }: RegistrationFile): Partial<RegistrationFile> {
  return {
    shadows: SAMPLE_SHADOWS.map((logits) => sha256Hex(float64Bytes(logits))),
    parameters: { ...parameters, shaping: "shaping/2", probes: "probes/2" },
  };
}

/** What shadow models change of how probes were come by. */
export function shadowedProbes(
  probes: NonNullable<ObservationFile["probes"]>,
): NonNullable<ObservationFile["probes"]> {
  return {
    ...probes,
    rule: "most-spread",
    choice: { asked: "auto", answered: 2, agreeing: 1 },
    learning: CHOICE.length / 2,
  };
}

/** What shadow models add to an observation. */
export function shadowedFiles(table: AnswerTable): {
  controls: ObservedControl[];
  files: Map<string, Uint8Array>;
} {
  const { controls, files } = measureShadows(table, null);
  const size = table.probes * table.classes;
  const logits = new Float64Array(table.shadows.length * size);
  for (const [j, each] of table.shadows.entries()) logits.set(each, j * size);
  files.set(SHADOW_FILES.logits, float64Bytes(logits));
  files.set(SHADOW_FILES.choice, int32Bytes(CHOICE));
  return { controls, files };
}
