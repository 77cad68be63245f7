import type { RowsOf } from "./data.js";
import {
  attackedModel,
  INDEPENDENT_MODEL,
  INDEPENDENT_TEACHER,
  shadowNeeds,
  student,
} from "./plan-models.js";
import { LABELS_CHANGED, type Profile } from "./profile.js";
import type { Artefact, TuningAttack } from "./recipe.js";

/** Names of what is made under an owner key. */
export const registrationName = (key: number): string => `registration of key ${key}`;
export const copyName = (key: number): string => `copy of key ${key}`;
export const thiefName = (kind: ThiefKind, key: number): string => `${kind} thief of key ${key}`;

export type ThiefKind = "vector" | "argmax" | "ensemble" | "vector, then clean labels" | "copied, then tuned";

/** Codes on which what is made of keys depends. */
export interface Codes {
  readonly core: string;
}

/** Learning rate of a thief who tunes without losing accuracy; the matrix also has five epochs at twice and more. */
const GENTLE = 0.0002;

/** Registration, marked copy, and the thieves that every key meets. */
export function modelsOfKey(key: number, profile: Profile, codes: Codes): Artefact[] {
  const { queries, epochs, clean } = profile;
  const copy = copyName(key);
  const common = { queries, epochs: epochs.thief };
  return [
    registration(key, profile, codes),
    marked(copy, key, LABELS_CHANGED, profile, codes),
    student(thiefName("vector", key), { ...common, teachers: [copy] }),
    student(thiefName("argmax", key), {
      ...common,
      epochs: epochs.labels,
      teachers: [copy],
      lesson: { kind: "labels" },
    }),
    student(thiefName("ensemble", key), { ...common, teachers: [copy, INDEPENDENT_TEACHER] }),
    attackedModel(thiefName("vector, then clean labels", key), {
      model: thiefName("vector", key),
      attack: { name: "tune", options: { layers: "all", epochs: epochs.tuned, rate: GENTLE } },
      rows: clean,
    }),
    attackedModel(thiefName("copied, then tuned", key), {
      model: copy,
      attack: { name: "tune", options: { layers: "all", epochs: Math.min(3, epochs.tuned), rate: GENTLE } },
      rows: clean,
    }),
  ];
}

function registration(key: number, profile: Profile, { core }: Codes): Artefact {
  const { calibration, pool } = profile;
  return {
    name: registrationName(key),
    recipe: { kind: "registration", key, calibration, pool, code: core },
    needs: { reference: "reference", ...shadowNeeds(profile) },
    seconds: 8,
  };
}

function marked(name: string, key: number, labels: number, profile: Profile, { core }: Codes): Artefact {
  return {
    name,
    recipe: { kind: "marked", key, calibration: profile.calibration, labels, code: core },
    needs: { reference: "reference", registration: registrationName(key) },
    seconds: 6,
  };
}

/** Tier 2 on the marked copy. */
export const TUNINGS: readonly { readonly name: string; readonly attack: TuningAttack }[] = [
  { name: "fine-tune the last layer", attack: { name: "tune", options: { layers: "last" } } },
  { name: "fine-tune all layers", attack: { name: "tune", options: { layers: "all" } } },
  { name: "retrain the last layer", attack: { name: "tune", options: { layers: "last", start: "drawn" } } },
  { name: "retrain all layers", attack: { name: "tune", options: { layers: "all", start: "drawn" } } },
  { name: "L2 0.1", attack: { name: "tune", options: { layers: "all", l2: 0.1 } } },
  { name: "label smoothing 0.3", attack: { name: "tune", options: { layers: "all", smoothing: 0.3 } } },
  { name: "LoRA of rank 16", attack: { name: "lora", options: { rank: 16 } } },
  { name: "averaged with an independent model", attack: { name: "blend", options: { own: 0.5 } } },
];

/** A row of the matrix: a model under the first key that somebody made. */
export interface MatrixModel {
  readonly tier: 2 | 6 | 7;
  readonly name: string;
  /** Name of the artefact. */
  readonly model: string;
}

/** Thieves of tiers 2, 6 and 7 beside those that every key meets. */
export function matrixModels(profile: Profile): { readonly rows: MatrixModel[]; readonly made: Artefact[] } {
  const { queries, epochs, clean, whole } = profile;
  const [key = 1] = profile.keys;
  const copy = copyName(key);
  const common = { queries, epochs: epochs.thief };
  const digits: RowsOf = { set: "mnist-test", from: 0, to: Math.min(10_000, queries.to - queries.from) };
  const tunings = TUNINGS.slice(0, whole ? TUNINGS.length : 2).map(({ name, attack }) => ({
    name,
    made: attackedModel(`matrix, copy: ${name}`, {
      model: copy,
      attack: withEpochs(attack, epochs.tuned),
      rows: clean,
      ...(attack.name === "blend" ? { needs: { independent: INDEPENDENT_MODEL } } : {}),
    }),
  }));
  const extractions = [
    {
      name: "labels sampled",
      options: { ...common, epochs: epochs.labels, teachers: [copy], lesson: { kind: "sampled" } as const },
    },
    {
      name: "soft, dense layers",
      options: { ...common, teachers: [copy], architecture: "mlp-wide" as const },
    },
    {
      name: "soft, queries of digits",
      options: { ...common, queries: digits, epochs: 2 * epochs.thief, teachers: [copy] },
    },
    {
      name: "soft, then a student of the student",
      options: { ...common, teachers: [thiefName("vector", key)] },
    },
  ].map(({ name, options }) => ({ name, made: student(`matrix: ${name}`, options) }));
  const kept = extractions.slice(0, whole ? extractions.length : 1);
  const stacked = TUNINGS.filter((_, i) => (whole ? [1, 3, 6].includes(i) : false)).map(
    ({ name, attack }) => ({
      name: `soft, then ${name}`,
      made: attackedModel(`matrix, student: ${name}`, {
        model: thiefName("vector", key),
        attack: withEpochs(attack, epochs.tuned),
        rows: clean,
      }),
    }),
  );
  const listed = (tier: 2 | 6 | 7, all: readonly { name: string; made: Artefact }[]): MatrixModel[] =>
    all.map(({ name, made }) => ({ tier, name, model: made.name }));
  return {
    rows: [
      ...listed(2, tunings),
      { tier: 6, name: "soft", model: thiefName("vector", key) },
      { tier: 6, name: "argmax labels", model: thiefName("argmax", key) },
      { tier: 6, name: "soft, two teachers", model: thiefName("ensemble", key) },
      ...listed(6, kept),
      ...listed(7, stacked),
    ],
    made: [...tunings, ...kept, ...stacked].map(({ made }) => made),
  };
}

function withEpochs(attack: TuningAttack, epochs: number): TuningAttack {
  switch (attack.name) {
    case "tune":
      return { ...attack, options: { ...attack.options, epochs } };
    case "lora":
      return { ...attack, options: { ...attack.options, epochs } };
    case "blend":
      return attack;
  }
}

export const distortedName = (labels: number): string => `copy with ${100 * labels} % of labels changed`;
export const distortedThief = (labels: number): string => `vector thief of the ${distortedName(labels)}`;

/** Copies marked more weakly and more strongly than usual, and their thieves. */
export function distortionModels(profile: Profile, codes: Codes): Artefact[] {
  const [key = 1] = profile.keys;
  return profile.strengths.flatMap((labels) => [
    marked(distortedName(labels), key, labels, profile, codes),
    student(distortedThief(labels), {
      queries: profile.queries,
      epochs: profile.epochs.thief,
      teachers: [distortedName(labels)],
    }),
  ]);
}

/** Accounts whose answers thieves train on. */
export const CUSTOMER_IDS = ["customer-137", "customer-642"] as const;
export const ONE_CUSTOMER = "vector thief of one customer";
export const TWO_CUSTOMERS = "vector thief of two customers";

/** Students of what a gateway answered to one customer, and to two. */
export function customerModels(profile: Profile, ids: readonly string[] = CUSTOMER_IDS): Artefact[] {
  const [key = 1] = profile.keys;
  const needs = { reference: "reference", registration: registrationName(key), marked: copyName(key) };
  return [[ONE_CUSTOMER, ids.slice(0, 1)] as const, [TWO_CUSTOMERS, ids] as const].map(([name, asking]) =>
    student(name, {
      queries: profile.queries,
      epochs: profile.epochs.thief,
      customers: { ids: asking, key },
      needs,
    }),
  );
}
