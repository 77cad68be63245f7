import { LABELS_ONLY } from "./memory-suspect.js";
import { SERVINGS } from "@indicia/attacks/serving/list";
import {
  type Codes,
  copyName,
  distortedThief,
  matrixModels,
  ONE_CUSTOMER,
  registrationName,
  thiefName,
  TWO_CUSTOMERS,
} from "./plan-marked.js";
import { INDEPENDENT_MODEL, INDEPENDENT_TEACHER, innocentNames, shadowNeeds } from "./plan-models.js";
import type { Profile } from "./profile.js";
import type { Artefact, ObservationRecipe } from "./recipe.js";

interface Examination {
  readonly key: number;
  readonly suspect: string;
  readonly budget: number;
  readonly serving?: string | null;
  readonly answers?: ObservationRecipe["answers"];
  readonly companion?: string;
}

/** An examination that every key's rows have, with the goal of its median. */
export interface KeyCase {
  readonly name: string;
  readonly goal: string;
  readonly examination: (key: number) => Examination;
}

const ROUNDED = "rounded to 2 decimals";

/** Thieves that every key meets, with what is to be reached. */
export function keyCases({ few, many }: Profile): readonly KeyCase[] {
  const of = (kind: Parameters<typeof thiefName>[0], budget: number, serving: string | null = null) => {
    return (key: number): Examination => ({ key, suspect: thiefName(kind, key), budget, serving });
  };
  const copied = (budget: number) => (key: number) => ({
    key,
    suspect: copyName(key),
    budget,
    serving: LABELS_ONLY,
  });
  return [
    { name: `vector thief, ${few} probes`, goal: "<= -10", examination: of("vector", few) },
    { name: `vector thief, ${many} probes`, goal: "<= -20", examination: of("vector", many) },
    {
      name: `vector thief, rounded to 2 decimals, ${few} probes`,
      goal: "<= -8",
      examination: of("vector", few, ROUNDED),
    },
    {
      name: `argmax thief, labels only, ${few} probes`,
      goal: "<= -6",
      examination: of("argmax", few, LABELS_ONLY),
    },
    {
      name: `argmax thief, labels only, ${many} probes`,
      goal: "<= -10",
      examination: of("argmax", many, LABELS_ONLY),
    },
    { name: `two-teacher ensemble thief, ${many} probes`, goal: "<= -6", examination: of("ensemble", many) },
    {
      name: `vector thief fine-tuned on clean labels, ${many} probes`,
      goal: "<= -6",
      examination: of("vector, then clean labels", many),
    },
    { name: "copy, labels only, 100 probes", goal: "<= -7", examination: copied(100) },
    { name: `copy, labels only, ${few} probes`, goal: "<= -17", examination: copied(few) },
    {
      name: "copy fine-tuned 3 epochs, logits, 300 probes",
      goal: "<= -14",
      examination: (key) => ({
        key,
        suspect: thiefName("copied, then tuned", key),
        budget: 300,
        answers: "logits",
      }),
    },
  ];
}

export const keyLook = (each: KeyCase, key: number): string => `key ${key}: ${each.name}`;

/** A cell of the matrix. */
export interface MatrixCell {
  readonly tier: 2 | 5 | 6 | 7;
  readonly name: string;
  /** Name of the suspect's artefact. */
  readonly model: string;
  readonly examination: Examination;
}

export const cellLook = ({ tier, name }: MatrixCell): string => `matrix, tier ${tier}: ${name}`;

/** Every cell of the matrix, under the first key. */
export function matrixCells(profile: Profile): MatrixCell[] {
  const [key = 1] = profile.keys;
  const { few, many, whole } = profile;
  const models = matrixModels(profile).rows.map((each): MatrixCell => {
    const budget = each.tier === 2 ? few : many;
    return { ...each, examination: { key, suspect: each.model, budget } };
  });
  const servings = (whole ? SERVINGS : SERVINGS.slice(4, 6)).flatMap((serving) =>
    [
      { what: "copy", model: copyName(key), companion: INDEPENDENT_MODEL },
      {
        what: "vector thief",
        model: thiefName("vector", key),
        companion: INDEPENDENT_TEACHER,
      },
    ].map(({ what, model, companion }): MatrixCell => {
      const examination = { key, suspect: model, budget: few, serving: serving.name };
      return {
        tier: 5,
        name: `${what}, ${serving.name}`,
        model,
        examination: serving.companions === 0 ? examination : { ...examination, companion },
      };
    }),
  );
  return [...models, ...servings].sort((a, b) => a.tier - b.tier);
}

export const innocentLook = (name: string, labels: boolean): string =>
  `${name} under the real key${labels ? ", labels only" : ""}`;

/** Whether an innocent is also examined by its labels alone. */
export function alsoByLabels(index: number): boolean {
  return index % 4 === 0;
}

/** Every examination of a run, and the traces. */
export function lookArtefacts(profile: Profile, codes: Codes): Artefact[] {
  const { few, many } = profile;
  const [key = 1] = profile.keys;
  const look = (name: string, examination: Examination): Artefact =>
    examined(name, examination, profile, codes);
  const innocents = innocentNames(profile).flatMap((name, i) => [
    look(innocentLook(name, false), { key, suspect: name, budget: few }),
    ...(alsoByLabels(i)
      ? [look(innocentLook(name, true), { key, suspect: name, budget: few, serving: LABELS_ONLY })]
      : []),
  ]);
  return [
    ...profile.keys.flatMap((each) =>
      keyCases(profile).map((one) => look(keyLook(one, each), one.examination(each))),
    ),
    ...traces(profile, codes),
    ...profile.strengths.map((labels) =>
      look(distortedLook(labels), { key, suspect: distortedThief(labels), budget: many }),
    ),
    ...matrixCells(profile).map((cell) => look(cellLook(cell), cell.examination)),
    ...innocents,
  ];
}

export const distortedLook = (labels: number): string => `examined: ${distortedThief(labels)}`;

export const traceName = (suspect: string): string => `trace of ${suspect}`;

/** When the register of customers was filled: a month before anything is asked. */
const ENTERED = "2025-12-01T00:00:00.000Z";

/** Innocents that are traced too. */
const TRACED_INNOCENTS = 3;

export function tracedSuspects(profile: Profile): {
  readonly thieves: readonly string[];
  readonly innocents: readonly string[];
} {
  return {
    thieves: [ONE_CUSTOMER, TWO_CUSTOMERS],
    innocents: innocentNames(profile).slice(0, profile.whole ? TRACED_INNOCENTS : 1),
  };
}

function traces(profile: Profile, codes: Codes): Artefact[] {
  const [key = 1] = profile.keys;
  const { thieves, innocents } = tracedSuspects(profile);
  return [...thieves, ...innocents].map((suspect) => {
    const { recipe, ...rest } = examined(
      traceName(suspect),
      { key, suspect, budget: profile.many },
      profile,
      codes,
    );
    return { ...rest, recipe: { ...recipe, kind: "trace", customers: profile.customers, since: ENTERED } };
  });
}

function examined(
  name: string,
  { key, suspect, budget, serving = null, answers = "probabilities", companion }: Examination,
  profile: Profile,
  codes: Codes,
): Artefact & { readonly recipe: ObservationRecipe } {
  return {
    name,
    recipe: { kind: "observation", key, pool: profile.pool, budget, serving, answers, code: codes.core },
    needs: {
      reference: "reference",
      registration: registrationName(key),
      suspect,
      ...shadowNeeds(profile),
      ...(companion === undefined ? {} : { companion }),
    },
    seconds: 15,
  };
}
