import type { Architecture } from "@indicia/autodiff/architectures/initial-model";
import type { Lesson } from "@indicia/autodiff/teacher";
import type { RowsOf } from "./data.js";
import type { Profile } from "./profile.js";
import type { Artefact, StudentRecipe, TuningAttack } from "./recipe.js";

/** What the owner protects, and what thieves copy it into. */
export const REFERENCE: Architecture = "cnn-broad";
export const THIEF: Architecture = "strided";

/** Of the architecture of the thieves, and of no teacher. */
export const INDEPENDENT_TEACHER = "independent teacher";
/** Of the architecture of the reference, and of no teacher. */
export const INDEPENDENT_MODEL = "independent model";

/** Images per second of training on one idle core, measured. */
const SPEEDS: Partial<Record<Architecture, number>> = {
  strided: 9000,
  "strided-wide": 7500,
  cnn: 2500,
  "cnn-broad": 2500,
  "mlp-wide": 30_000,
  mlp: 40_000,
  "mlp-deep": 40_000,
};
const USUAL_SPEED = 5000;

const SHADOW_SHAPES: readonly Architecture[] = ["strided", "cnn", "mlp-wide", "strided-wide"];
const INNOCENT_SHAPES: readonly Architecture[] = ["strided", "mlp-wide", "strided-wide", "mlp", "mlp-deep"];

/** A classifier that learns from labels. */
export function trained(
  name: string,
  recipe: {
    readonly architecture: Architecture;
    readonly rows: RowsOf;
    readonly epochs: number;
    readonly seed?: string;
  },
): Artefact {
  const { architecture, rows, epochs, seed = name } = recipe;
  return {
    name,
    recipe: { kind: "trained", architecture, rows, epochs, seed },
    needs: {},
    seconds: secondsOf(architecture, rows, epochs),
  };
}

export interface StudentOptions {
  readonly queries: RowsOf;
  readonly epochs: number;
  readonly architecture?: Architecture;
  readonly lesson?: Lesson;
  readonly teachers?: readonly string[];
  readonly customers?: StudentRecipe["customers"];
  readonly needs?: Readonly<Record<string, string>>;
}

/** A classifier that learns from answers. */
export function student(name: string, options: StudentOptions): Artefact {
  const { queries, epochs, architecture = THIEF, lesson = { kind: "vectors" }, teachers = [] } = options;
  const taught = Object.fromEntries(teachers.map((teacher, i) => [`teacher ${i + 1}`, teacher]));
  return {
    name,
    recipe: {
      kind: "student",
      architecture,
      queries,
      epochs,
      lesson,
      seed: name,
      ...(options.customers === undefined ? {} : { customers: options.customers }),
    },
    needs: { ...taught, ...options.needs },
    seconds: secondsOf(architecture, queries, epochs),
  };
}

/** A model that a thief changed. */
export function attackedModel(
  name: string,
  options: {
    readonly model: string;
    readonly attack: TuningAttack;
    readonly rows: RowsOf;
    readonly needs?: Readonly<Record<string, string>>;
  },
): Artefact {
  const { model, attack, rows, needs = {} } = options;
  return {
    name,
    recipe: { kind: "attacked", attack, rows, seed: name },
    needs: { model, ...needs },
    seconds: 5,
  };
}

/** Everything that knows no key: reference, shadows, an independent teacher, innocents. */
export function keylessModels(profile: Profile): Artefact[] {
  const { owner, epochs, shadowing, spare, queries } = profile;
  return [
    trained("reference", { architecture: REFERENCE, rows: owner, epochs: epochs.reference }),
    ...shadowNames(profile).map((name, i) =>
      student(name, {
        architecture: SHADOW_SHAPES[i % SHADOW_SHAPES.length] ?? THIEF,
        queries: shadowing,
        epochs: epochs.shadow,
        teachers: ["reference"],
      }),
    ),
    trained(INDEPENDENT_TEACHER, { architecture: THIEF, rows: spare, epochs: 2 * epochs.reference }),
    trained(INDEPENDENT_MODEL, { architecture: REFERENCE, rows: spare, epochs: epochs.reference }),
    ...innocentNames(profile).map((name, i) => innocent(name, i, [owner, queries, spare], profile)),
  ];
}

/** The shadow models, under the names that their users know them by. */
export function shadowNeeds(profile: Profile): Readonly<Record<string, string>> {
  return Object.fromEntries(shadowNames(profile).map((name) => [name, name]));
}

export function shadowNames({ shadows }: Profile): string[] {
  return Array.from({ length: shadows }, (_, i) => `shadow ${i + 1}`);
}

export function innocentNames({ innocents }: Profile): string[] {
  return Array.from({ length: innocents }, (_, i) => `innocent ${i + 1}`);
}

/** Other seeds, shapes and data: even the owner's own data and the thief's, and now and then digits. */
function innocent(name: string, i: number, sources: readonly RowsOf[], { epochs }: Profile): Artefact {
  const digits: RowsOf = { set: "mnist-test", from: 0, to: 5000 };
  const source = i % 8 === 7 ? digits : sources[i % sources.length];
  const { set, from, to } = source ?? digits;
  // Half of the data each, so that two of one shape and source do not see the same.
  const half = Math.floor((to - from) / 2);
  const start = i % 2 === 0 ? from : from + half;
  return trained(name, {
    architecture: INNOCENT_SHAPES[i % INNOCENT_SHAPES.length] ?? THIEF,
    rows: { set, from: start, to: start + half },
    epochs: 2 * epochs.innocent,
  });
}

function secondsOf(architecture: Architecture, { from, to }: RowsOf, epochs: number): number {
  return ((to - from) * epochs) / (SPEEDS[architecture] ?? USUAL_SPEED);
}
