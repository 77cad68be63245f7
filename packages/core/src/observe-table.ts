import type { AnswerTable } from "@indicia/proof/answer-residual";
import type { LearnedAccess } from "./answer-kind.js";
import { coordinates } from "./marks/readout/basis.js";
import { gatherAnswers } from "./probes/answers.js";
import type { ProbeSet } from "./probes/pool.js";
import type { Registration } from "./registration.js";
import type { Answer } from "./suspect.js";

/** phi of the first `count` probes, row-major [count, k]: no answer changes it, so that it is found before asking. */
export function probeCoordinates(registration: Registration, probes: ProbeSet, count: number): Float64Array {
  const { basis, features } = readoutOf(registration);
  return coordinates(basis, probes.features.subarray(0, count * features), count);
}

/**
 * What was answered to the first probes, beside what reference and shadow models say of them.
 *
 * @param phi of these probes and perhaps others after them, as of `probeCoordinates`
 */
export function answerTable(
  registration: Registration,
  { probes, phi }: { readonly probes: ProbeSet; readonly phi: Float64Array },
  access: LearnedAccess,
  answers: readonly Answer[],
): AnswerTable {
  const { basis, classes: m, tail } = readoutOf(registration);
  const n = answers.length;
  return {
    probes: n,
    dimensions: basis.dimensions,
    classes: m,
    phi: phi.slice(0, n * basis.dimensions),
    reference: probes.logits.slice(0, n * m),
    link: tail === "sigmoid" ? "sigmoid" : "softmax",
    decimals: access.decimals,
    probeRule: probes.rule,
    shadows: probes.shadows.map((logits) => logits.slice(0, n * m)),
    ...gatherAnswers(answers, m, access),
  };
}

function readoutOf({ basis, file }: Registration): {
  readonly basis: NonNullable<Registration["basis"]>;
  readonly features: number;
  readonly classes: number;
  readonly tail: string;
} {
  if (basis === null || "refusal" in file.readout)
    throw new TypeError("a read-out was checked for before asking");
  return { ...file.readout, basis };
}
