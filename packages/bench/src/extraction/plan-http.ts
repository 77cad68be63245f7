import { INDEPENDENT_TEACHER, shadowNeeds, student } from "./plan-models.js";
import type { Profile } from "./profile.js";
import type { Artefact } from "./recipe.js";

/** What `mark` made under a key. */
export const releasedName = (key: number): string => `released copy ${key}`;

/** Trained on the vectors, or on the labels, of a released copy. */
type ThiefKind = "vector" | "argmax";
const thiefName = (kind: ThiefKind, key: number): string => `${kind} thief of ${releasedName(key)}`;

/** Trained as the vector thief is, on answers without a mark. */
export const UNMARKED_STUDENT = "student of the unmarked reference";

/** What `mark` keeps its 95 % upper bound within, so that about 2 % of labels change: students inherit little of a weak tilt. */
const LABEL_BUDGET = 0.0225;

/** What examinations through a real endpoint need beside reference and shadows. */
export function httpArtefacts(profile: Profile): Artefact[] {
  const { queries, epochs } = profile;
  return [
    ...profile.keys.flatMap((key) => keyArtefacts(profile, key)),
    student(UNMARKED_STUDENT, { queries, epochs: epochs.thief, teachers: ["reference"] }),
  ];
}

function keyArtefacts(profile: Profile, key: number): Artefact[] {
  const { calibration, pool, shadowing, queries, epochs, whole } = profile;
  const teachers = [releasedName(key)];
  const argmax = student(thiefName("argmax", key), {
    queries,
    epochs: epochs.labels,
    teachers,
    lesson: { kind: "labels" },
  });
  return [
    {
      name: releasedName(key),
      recipe: { kind: "released", key, calibration, pool, shadowing, labelBudget: LABEL_BUDGET },
      needs: { reference: "reference", ...shadowNeeds(profile) },
      seconds: 15,
    },
    student(thiefName("vector", key), { queries, epochs: epochs.thief, teachers }),
    ...(whole ? [argmax] : []),
  ];
}

/** Somebody behind an endpoint. */
export interface HttpCase {
  /** What the rows call him. */
  readonly name: string;
  /** Artefact of his model, where his teacher bore the mark of that key. */
  suspect(key: number): string;
  /** Policy of the gateway that serves him. */
  readonly output: "full" | "round:2" | "labels";
  readonly budget: number;
  readonly innocent: boolean;
  /** For log10 p, or null. */
  readonly goal: string | null;
  /** Whether his evidence is verified too, under the first key. */
  readonly verified: boolean;
}

/** Who is examined, with what has to be found; a quick run asks too little for goals. */
export function httpCases({ few, many, whole }: Profile): HttpCase[] {
  const thief = (
    kind: ThiefKind,
    output: HttpCase["output"],
    budget: number,
    goal: string,
    verified = false,
  ): HttpCase => ({
    name: `${kind} thief`,
    suspect: (key) => thiefName(kind, key),
    output,
    budget,
    innocent: false,
    goal: whole ? goal : null,
    verified,
  });
  const innocent = (name: string, output: HttpCase["output"]): HttpCase => {
    return { name, suspect: () => name, output, budget: few, innocent: true, goal: null, verified: false };
  };
  const quick = [thief("vector", "full", few, "<= -10", true), innocent(UNMARKED_STUDENT, "full")];
  if (!whole) return quick;
  return [
    ...quick,
    thief("vector", "full", many, "<= -20"),
    thief("vector", "round:2", few, "<= -8"),
    thief("argmax", "labels", few, "<= -6"),
    thief("argmax", "labels", many, "<= -10", true),
    innocent(UNMARKED_STUDENT, "labels"),
    innocent(INDEPENDENT_TEACHER, "full"),
    innocent(INDEPENDENT_TEACHER, "labels"),
  ];
}
