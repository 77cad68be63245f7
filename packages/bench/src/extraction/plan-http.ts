import { shadowNames, student } from "./plan-models.js";
import type { Profile } from "./profile.js";
import type { Artefact } from "./recipe.js";

export const RELEASED = "released copy";
export const VECTOR_THIEF = "vector thief of the released copy";
export const ARGMAX_THIEF = "argmax thief of the released copy";
/** Trained as the vector thief is, on answers without a mark. */
export const UNMARKED_STUDENT = "student of the unmarked reference";

/** Of the architecture of the thieves, and of no teacher. */
export const INDEPENDENT = "independent teacher";

/** What `mark` keeps its 95 % upper bound within, so that about 2 % of labels change: students inherit little of a weak tilt. */
const LABEL_BUDGET = 0.0225;

/** What examinations through a real endpoint need beside reference and shadows. */
export function httpArtefacts(profile: Profile): Artefact[] {
  const { calibration, pool, shadowing, queries, epochs, whole } = profile;
  const common = { queries, epochs: epochs.thief };
  const argmax = student(ARGMAX_THIEF, {
    queries,
    epochs: epochs.labels,
    teachers: [RELEASED],
    lesson: { kind: "labels" },
  });
  const shadows = Object.fromEntries(shadowNames(profile).map((name) => [name, name]));
  return [
    {
      name: RELEASED,
      recipe: { kind: "released", calibration, pool, shadowing, labelBudget: LABEL_BUDGET },
      needs: { reference: "reference", ...shadows },
      seconds: 15,
    },
    student(VECTOR_THIEF, { ...common, teachers: [RELEASED] }),
    ...(whole ? [argmax] : []),
    student(UNMARKED_STUDENT, { ...common, teachers: ["reference"] }),
  ];
}

/** Somebody behind an endpoint. */
export interface HttpCase {
  /** Artefact of his model. */
  readonly suspect: string;
  /** Policy of the gateway that serves him. */
  readonly output: "full" | "round:2" | "labels";
  readonly budget: number;
  readonly innocent: boolean;
  /** For log10 p, or null. */
  readonly goal: string | null;
  /** Whether his evidence is verified too. */
  readonly verified: boolean;
}

/** Who is examined, with what has to be found; a quick run asks too little for goals. */
export function httpCases({ few, many, whole }: Profile): HttpCase[] {
  const thief = (
    suspect: string,
    output: HttpCase["output"],
    budget: number,
    goal: string,
    verified = false,
  ): HttpCase => ({ suspect, output, budget, innocent: false, goal: whole ? goal : null, verified });
  const innocent = (suspect: string, output: HttpCase["output"]): HttpCase => {
    return { suspect, output, budget: few, innocent: true, goal: null, verified: false };
  };
  const quick = [thief(VECTOR_THIEF, "full", few, "<= -10", true), innocent(UNMARKED_STUDENT, "full")];
  if (!whole) return quick;
  return [
    ...quick,
    thief(VECTOR_THIEF, "full", many, "<= -20"),
    thief(VECTOR_THIEF, "round:2", few, "<= -8"),
    thief(ARGMAX_THIEF, "labels", few, "<= -6"),
    thief(ARGMAX_THIEF, "labels", many, "<= -10", true),
    innocent(UNMARKED_STUDENT, "labels"),
    innocent(INDEPENDENT, "full"),
    innocent(INDEPENDENT, "labels"),
  ];
}
