import type { Answer } from "@indicia/core/suspect";

/** What the first usable answer looked like, and how many classes it spoke of. */
export interface OneForm {
  /** Whether there was a usable answer yet. */
  readonly known: boolean;
  /** The same answers, those of another form lost. */
  hold(answers: readonly Answer[]): Answer[];
}

/**
 * A suspect answers in one form. Which, its first usable answer decides; later ones with another number of classes, or
 * labels instead of vectors, are lost. Replayed in the order of the record this gives what was seen live.
 */
export function createOneForm(): OneForm {
  let form: string | null = null;
  const check = (answer: Answer): Answer => {
    if (answer.kind === "lost") return answer;
    const now = answer.kind === "label" ? "a label" : `${answer.values.length} numbers`;
    form ??= now;
    return now === form
      ? answer
      : { kind: "lost", reason: `the answer is ${now}, earlier ones were ${form}` };
  };
  return {
    get known() {
      return form !== null;
    },
    hold: (answers) => answers.map(check),
  };
}
