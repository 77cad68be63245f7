import type { AnswerTable } from "@indicia/proof/answer-residual";
import type { LearnedAccess } from "./answer-kind.js";
import { coordinates } from "./marks/readout/basis.js";
import { gatherAnswers } from "./probes/answers.js";
import type { ProbeSet } from "./probes/pool.js";
import type { Registration } from "./registration.js";
import type { Answer } from "./suspect.js";

/** What was answered to the first probes, beside what reference and shadow models say of them. */
export function answerTable(
  registration: Registration,
  probes: ProbeSet,
  access: LearnedAccess,
  answers: readonly Answer[],
): AnswerTable {
  const { basis, file } = registration;
  if (basis === null || "refusal" in file.readout)
    throw new TypeError("a read-out was checked for before asking");
  const n = answers.length;
  const { features: d, classes: m } = file.readout;
  return {
    probes: n,
    dimensions: basis.dimensions,
    classes: m,
    phi: coordinates(basis, probes.features.subarray(0, n * d), n),
    reference: probes.logits.slice(0, n * m),
    link: file.readout.tail === "sigmoid" ? "sigmoid" : "softmax",
    decimals: access.decimals,
    probeRule: probes.rule,
    shadows: probes.shadows.map((logits) => logits.slice(0, n * m)),
    ...gatherAnswers(answers, m, access),
  };
}
