import { SHADOW_FILES } from "@indicia/evidence/measure-shadows";
import { float64Values } from "@indicia/evidence/numbers";
import type { AnswerTable } from "@indicia/proof/answer-residual";
import type { SealedObservation } from "../observation.js";
import { sealedAnswers } from "../sealed-answers.js";
import type { Claim } from "./claim.js";

/** The table that an observation of a claim seals. */
export function sealedTable(claim: Claim, { file, files }: SealedObservation): AnswerTable {
  const doubles = (name: string): Float64Array => float64Values(files.get(name) ?? new Uint8Array(0));
  const { readout } = claim.registration.file;
  if ("refusal" in readout || file.probes === null) throw new TypeError("answers were observed");
  const { dimensions, classes } = readout;
  const n = file.probes.asked;
  const all = doubles(SHADOW_FILES.logits);
  return {
    probes: n,
    dimensions,
    classes,
    phi: doubles("phi.f64"),
    reference: doubles("reference.f64"),
    link: "softmax",
    ...sealedAnswers(file, files),
    decimals: file.answers?.decimals ?? null,
    probeRule: file.probes.rule,
    shadows: claim.shadows.map((_, j) => all.slice(j * n * classes, (j + 1) * n * classes)),
  };
}
