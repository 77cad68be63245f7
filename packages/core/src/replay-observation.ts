import type { ObservationFile } from "@indicia/evidence/formats";
import type { LearnedAccess } from "./answer-kind.js";
import { answerFiles, gatherAnswers } from "./probes/answers.js";
import { firstProbeNumber } from "./probes/choose.js";
import type { Answer } from "./suspect.js";

/**
 * The files of answers that an observation seals, formed again from answers by probe.
 *
 * @param classes of the reference
 * @param known answers as a transcript has them
 * @returns by name
 * @throws CoreError ANSWERS_UNUSABLE
 */
export function replayedAnswers(
  { access, answers, probes }: ObservationFile,
  classes: number,
  known: ReadonlyMap<number, Answer>,
): Map<string, Uint8Array> {
  if (access === "file" || answers === null || probes === null) return new Map();
  const first = firstProbeNumber(probes.rule);
  const given = Array.from(
    { length: probes.asked },
    (_, i): Answer => known.get(first + i) ?? { kind: "lost", reason: "not answered" },
  );
  const learned: LearnedAccess = { access, decimals: answers.decimals, topK: answers.topK };
  return answerFiles(gatherAnswers(given, classes, learned));
}
