import type { ObservedTranscript } from "@indicia/core/observe-endpoint";
import type { TranscriptFile } from "@indicia/evidence/transcript-file";

/** What became of probes: asked and on the record, answered in some way, lost, or turned away to be asked later. */
export interface SeenExchange {
  readonly probes: readonly number[];
  readonly what: "asked" | "answered" | "lost" | "deferred";
}

/** A transcript that tells somebody of each exchange once it is on disk, beginning with those that it was opened with. */
export function watchedTranscript(
  transcript: TranscriptFile,
  tell: ((seen: SeenExchange) => void) | undefined,
): ObservedTranscript {
  if (tell === undefined) return transcript;
  const open = new Map<number, readonly number[]>();
  const ended = (intent: number, what: SeenExchange["what"]): void => {
    tell({ probes: open.get(intent) ?? [], what });
    open.delete(intent);
  };
  for (const { request, outcome } of transcript.found) {
    tell({ probes: request.probes, what: "asked" });
    tell({ probes: request.probes, what: outcome.kind === "answer" ? "answered" : "lost" });
  }
  for (const { probes } of transcript.deferred) tell({ probes, what: "deferred" });
  return {
    begun: transcript.begun,
    note: (kind, body) => transcript.note(kind, body),
    finish: () => transcript.finish(),
    async intent(request) {
      const intent = await transcript.intent(request);
      open.set(intent, request.probes);
      tell({ probes: request.probes, what: "asked" });
      return intent;
    },
    async answer(intent, answer) {
      await transcript.answer(intent, answer);
      ended(intent, "answered");
    },
    async lost(intent, reason) {
      await transcript.lost(intent, reason);
      ended(intent, "lost");
    },
    async defer(probes) {
      await transcript.defer(probes);
      tell({ probes, what: "deferred" });
    },
  };
}
