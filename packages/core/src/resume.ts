import { gatherRows } from "@indicia/onnx/tensor";
import type { Answer, BlackBoxSuspect, IncomingAnswer } from "./suspect.js";

/** An exchange as a transcript holds it. */
export interface PastExchange {
  readonly request: { readonly probes: readonly number[] };
  readonly outcome:
    | { readonly kind: "answer"; readonly answer: Pick<IncomingAnswer, "status" | "headers" | "body"> }
    | { readonly kind: "lost"; readonly reason: string }
    | { readonly kind: "open" };
}

/**
 * A suspect of which some probes were asked before an interruption. They are not asked again: what was answered is
 * decoded from the record, what was lost stays lost.
 */
export function resumedSuspect(suspect: BlackBoxSuspect, past: readonly PastExchange[]): BlackBoxSuspect {
  const known = pastAnswers((answer, rows) => suspect.replay(answer, rows), past);
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
        : lostAll(request.probes, outcome.kind === "lost" ? outcome.reason : "interrupted");
    for (const [i, probe] of request.probes.entries())
      known.set(probe, answers[i] ?? { kind: "lost", reason: "not answered" });
  }
  return known;
}

/** Rows that a past examination spent. */
export function rowsSpent(past: readonly PastExchange[]): number {
  return new Set(past.flatMap(({ request }) => [...request.probes])).size;
}

function lostAll(probes: readonly number[], reason: string): Answer[] {
  return probes.map(() => ({ kind: "lost", reason }));
}
