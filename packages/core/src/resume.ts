import { INTERRUPTED } from "@indicia/evidence/transcript";
import { gatherRows } from "@indicia/onnx/tensor";
import type { Answer, BlackBoxSuspect, IncomingAnswer } from "./suspect.js";

/** An exchange as a transcript holds it. */
export interface PastExchange {
  /** Line of the transcript that says what was to be asked. */
  readonly intent: number;
  readonly request: { readonly probes: readonly number[] };
  readonly outcome:
    | { readonly kind: "answer"; readonly answer: Pick<IncomingAnswer, "status" | "headers" | "body"> }
    | { readonly kind: "lost"; readonly reason: string }
    | { readonly kind: "open" };
}

/** Probes that were turned away, and the line of the transcript that says so. */
export interface Deferred {
  readonly line: number;
  readonly probes: readonly number[];
}

/**
 * A suspect of which some probes were asked before an interruption. They are not asked again: what was answered is
 * decoded from the record, what was lost stays lost. Those that the suspect turned away before it answered anything are
 * asked, since they never were.
 *
 * @param deferred what was turned away, where nothing was asked of it afterwards
 */
export function resumedSuspect(
  suspect: BlackBoxSuspect,
  past: readonly PastExchange[],
  deferred: readonly Deferred[] = [],
): BlackBoxSuspect {
  const known = pastAnswers((answer, rows) => suspect.replay(answer, rows), past);
  for (const probe of turnedAway(past, deferred)) known.delete(probe);
  if (known.size === 0) return suspect;
  return {
    ...suspect,
    query: async (inputs, probes, recorder) => {
      const open = [...probes.keys()].filter((i) => !known.has(probes[i] ?? -1));
      const fresh =
        open.length === 0
          ? []
          : await suspect.query(
              Object.fromEntries(
                Object.entries(inputs).map(([name, tensor]) => [name, gatherRows(tensor, open)]),
              ),
              open.map((i) => probes[i] ?? -1),
              recorder,
            );
      const answered = new Map(open.map((row, i) => [row, fresh[i]]));
      return probes.map(
        (probe, i) => answered.get(i) ?? known.get(probe) ?? { kind: "lost", reason: "not answered" },
      );
    },
  };
}

/**
 * Answers by probe as the record has them. A retry is a later exchange of the same probes, so the last word counts.
 *
 * @param replay decodes one recorded answer; called in the record's order
 */
export function pastAnswers(
  replay: BlackBoxSuspect["replay"],
  past: readonly PastExchange[],
): Map<number, Answer> {
  const known = new Map<number, Answer>();
  for (const { request, outcome } of past) {
    const answers =
      outcome.kind === "answer"
        ? replay(outcome.answer, request.probes.length)
        : lostAll(request.probes, outcome.kind === "lost" ? outcome.reason : INTERRUPTED);
    for (const [i, probe] of request.probes.entries())
      known.set(probe, answers[i] ?? { kind: "lost", reason: "not answered" });
  }
  return known;
}

/** Rows that a past examination spent. */
export function rowsSpent(past: readonly PastExchange[], deferred: readonly Deferred[] = []): number {
  const asked = new Set(past.flatMap(({ request }) => [...request.probes]));
  return asked.size - turnedAway(past, deferred).size;
}

/** Probes of which the last word is that they were turned away. */
function turnedAway(past: readonly PastExchange[], deferred: readonly Deferred[]): Set<number> {
  const away = new Set<number>();
  if (deferred.length === 0) return away;
  const last = new Map<number, number>();
  for (const { intent, request } of past) for (const probe of request.probes) last.set(probe, intent);
  for (const { line, probes } of deferred)
    for (const probe of probes) if (line > (last.get(probe) ?? line)) away.add(probe);
  return away;
}

function lostAll(probes: readonly number[], reason: string): Answer[] {
  return probes.map(() => ({ kind: "lost", reason }));
}
