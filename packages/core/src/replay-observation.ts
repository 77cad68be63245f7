import type { ObservationFile } from "@indicia/evidence/observation-format";
import { type LearnedAccess, learnAccess } from "./answer-kind.js";
import { SHADOW_FILES } from "@indicia/evidence/measure-shadows";
import { int32Bytes, int32Values } from "@indicia/evidence/numbers";
import { answerFiles, gatherAnswers } from "./probes/answers.js";
import { FIRST_TELLING, LEARNING_PROBES } from "./probes/choose.js";
import { firstProbeNumber } from "./probes/pool.js";
import { choiceLabels } from "./probes/telling.js";
import type { Answer } from "./suspect.js";

/**
 * The files of answers that an observation seals, formed again from answers by probe.
 *
 * @param classes of the reference
 * @param known answers as a transcript has them
 * @param choice the sealed labels of learning probes, of which the suspect's are formed again; null where there are none
 * @returns by name
 * @throws CoreError ANSWERS_UNUSABLE
 */
export function replayedAnswers(
  { access, answers, probes }: ObservationFile,
  classes: number,
  known: ReadonlyMap<number, Answer>,
  choice: Uint8Array | null,
): Map<string, Uint8Array> {
  if (access === "file" || answers === null || probes === null) return new Map();
  const learned: LearnedAccess = { access, decimals: answers.decimals, topK: answers.topK };
  const gathered = (first: number, count: number): ReturnType<typeof gatherAnswers> => {
    const given = Array.from(
      { length: count },
      (_, i): Answer => known.get(first + i) ?? { kind: "lost", reason: "not answered" },
    );
    return gatherAnswers(given, classes, learned);
  };
  const files = answerFiles(gathered(firstProbeNumber(probes.rule), probes.asked));
  if (choice !== null) {
    const labels = int32Values(choice);
    const reference = labels.subarray(0, labels.length / 2);
    const again = choiceLabels(reference, gathered(FIRST_TELLING, reference.length), classes);
    files.set(SHADOW_FILES.choice, int32Bytes(again));
  }
  return files;
}

/**
 * How the suspect answers, learnt again from what it answered to the learning probes. Whoever could say so himself would
 * have as many residuals to choose among as there are ways to read an answer.
 *
 * @param choice as for `replayedAnswers`
 */
export function relearnedAccess(
  known: ReadonlyMap<number, Answer>,
  choice: Uint8Array | null,
): LearnedAccess {
  const first = choice === null ? firstProbeNumber("most-uncertain") : FIRST_TELLING;
  let most = choice === null ? LEARNING_PROBES : int32Values(choice).length / 2;
  const answers: Answer[] = [];
  for (let i = 0; i < most; i++) {
    const answer = known.get(first + i);
    if (answer === undefined) break;
    answers.push(answer);
    // A round that was lost whole was followed by another.
    if (i === most - 1 && choice === null && answers.every(({ kind }) => kind === "lost"))
      most += LEARNING_PROBES;
  }
  return learnAccess(answers);
}
