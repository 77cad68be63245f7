import type { ProbeChoice } from "@indicia/evidence/probe-rule";
import { INTERRUPTED } from "@indicia/evidence/transcript";
import { type LearnedAccess, learnAccess } from "./answer-kind.js";
import { CoreError } from "./error.js";
import type { EndpointRequest } from "./observe-endpoint.js";
import { gatherAnswers } from "./probes/answers.js";
import type { LearningSet } from "./probes/choose.js";
import { type Askable, shapeOf } from "./probes/pool.js";
import { choiceLabels } from "./probes/telling.js";
import type { Answer } from "./suspect.js";

/** Number under which the last learning probe is asked a second time. */
export const REPEATED_PROBE = 999_999_999;
/**
 * Difference between two answers to the same probe that is rounding and no randomness: in a batch of another size a
 * runtime adds up in another order.
 */
const REPEAT_TOLERANCE = 1e-3;

/** What the first answers say of a suspect. */
export interface Learned {
  /** What was asked for it. */
  readonly learning: LearningSet;
  readonly access: LearnedAccess;
  /** Answers to the learning probes, in order. */
  readonly answers: Answer[];
  /** Labels of reference and suspect on the learning probes, where shadow models make them telling; else null. */
  readonly labels: Int32Array | null;
  /** Rows asked so far. */
  readonly spent: number;
  readonly notes: string[];
}

/**
 * Ask the learning probes. Where an interruption lost all of them, nothing was learnt and they may not be asked twice, so
 * others take their place.
 *
 * @param rounds learning probes, by how many rounds of them there were
 * @throws CoreError NOTHING_OBSERVED, ANSWERS_UNUSABLE, ABORTED
 */
export async function learn(
  request: EndpointRequest,
  rounds: (rounds: number) => LearningSet,
): Promise<Learned> {
  const { learning, answers } = await firstAnswers(request, rounds);
  const { count } = learning;
  const notes: string[] = [];
  const access = learnAccess(answers);
  // One probe is asked twice, where the budget has room: a suspect that answers at random is worth knowing. The least
  // uncertain of them, since rounding alone may decide the label of the most uncertain one.
  let spent = count;
  if (request.budget > 2 * count) {
    spent++;
    const again = await request.suspect.query(
      learning.inputs([count - 1]),
      [REPEATED_PROBE],
      request.transcript,
    );
    if (differs(again[0], answers[count - 1], access.decimals))
      notes.push("the suspect answers the same probe differently");
  }
  const { classes } = shapeOf(request.registration);
  const labels =
    learning.labels === null
      ? null
      : choiceLabels(learning.labels, gatherAnswers(answers, classes, access), classes);
  return { learning, access, answers, labels, spent, notes };
}

async function firstAnswers(
  request: EndpointRequest,
  rounds: (rounds: number) => LearningSet,
): Promise<{ learning: LearningSet; answers: Answer[] }> {
  const answers: Answer[] = [];
  for (let round = 1; ; round++) {
    const learning = rounds(round);
    const fresh = Array.from({ length: learning.count - answers.length }, (_, i) => answers.length + i);
    for (const answer of await ask(request, learning, fresh)) answers.push(answer);
    const lost = answers.flatMap((answer) => (answer.kind === "lost" ? [answer.reason] : []));
    if (lost.length < answers.length) return { learning, answers };
    const interrupted = lost.slice(-fresh.length).includes(INTERRUPTED);
    if (interrupted && rounds(round + 1).count > learning.count) continue;
    throw new CoreError(
      "NOTHING_OBSERVED",
      `none of the first ${learning.count} probes was answered: ${lost.at(-1) ?? "no probe was asked"}`,
      interrupted
        ? "Each time it was interrupted before an answer came: begin another examination, or give a larger budget."
        : "Check the address, the model name and the credentials, and that the probes fit the suspect's inputs.",
    );
  }
}

/** How often the suspect sides with the reference on the learning probes. */
export function agreement(labels: Int32Array): Pick<ProbeChoice, "answered" | "agreeing"> {
  const n = labels.length / 2;
  const theirs = [...labels.subarray(n)];
  return {
    answered: theirs.filter((label) => label >= 0).length,
    agreeing: theirs.filter((label, i) => label >= 0 && label === labels[i]).length,
  };
}

/** @throws CoreError ABORTED */
export async function ask(
  request: EndpointRequest,
  probes: Askable,
  indices: readonly number[],
): Promise<Answer[]> {
  if (request.signal?.aborted === true)
    throw new CoreError("ABORTED", "the examination was interrupted", "Go on with --resume.");
  return request.suspect.query(
    probes.inputs(indices),
    indices.map((i) => probes.firstNumber + i),
    request.transcript,
  );
}

/** Whether two answers contradict each other; one that was lost contradicts none. */
function differs(a: Answer | undefined, b: Answer | undefined, decimals: number | null): boolean {
  if (a === undefined || b === undefined || a.kind === "lost" || b.kind === "lost") return false;
  return !sameAnswer(a, b, decimals);
}

/**
 * Equal but for what the size of the batch does to the last digits, and for rounding the other way.
 *
 * @param decimals that a suspect rounds to, or null
 */
function sameAnswer(a: Answer, b: Answer, decimals: number | null): boolean {
  if (a.kind === "vector" && b.kind === "vector") {
    const unit = decimals === null ? 0 : 1.01 * 10 ** -decimals;
    return (
      a.values.length === b.values.length &&
      a.values.every((value, i) => isNear(value, b.values[i] ?? Number.NaN, unit))
    );
  }
  return a.kind === "label" && b.kind === "label" && a.label === b.label;
}

function isNear(a: number, b: number, unit: number): boolean {
  return Object.is(a, b) || Math.abs(a - b) <= Math.max(unit, REPEAT_TOLERANCE * Math.max(1, Math.abs(a)));
}
