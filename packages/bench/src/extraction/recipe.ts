import { createHash } from "node:crypto";
import type { Loot } from "@indicia/attacks/attack";
import type { BlendOptions } from "@indicia/attacks/blend";
import type { LoraOptions } from "@indicia/attacks/lora";
import type { TuneOptions } from "@indicia/attacks/tune";
import type { Architecture } from "@indicia/autodiff/architectures/initial-model";
import type { Lesson } from "@indicia/autodiff/teacher";
import { canonicalText } from "@indicia/evidence/canonical";
import type { RowsOf } from "./data.js";

/** Something that is made once and kept: the file names are those of its maker. */
export interface Artefact {
  readonly name: string;
  readonly recipe: Recipe;
  /** What it is made from: names of artefacts, by the part that they play. */
  readonly needs: Readonly<Record<string, string>>;
  /** About how long it takes on one idle core, for the time left. */
  readonly seconds: number;
}

/** How an artefact is made. Plain JSON: together with what it is made from it decides on every byte. */
export type Recipe =
  | TrainedRecipe
  | StudentRecipe
  | RegistrationRecipe
  | MarkedRecipe
  | ReleasedRecipe
  | AttackedRecipe
  | GuardedRecipe
  | ObservationRecipe
  | TraceRecipe
  | DetectionRecipe;

/** A classifier trained on labels: `model.onnx`. */
export interface TrainedRecipe {
  readonly kind: "trained";
  readonly architecture: Architecture;
  readonly seed: string;
  readonly rows: RowsOf;
  readonly epochs: number;
}

/**
 * A classifier trained on answers: `model.onnx`, `facts.json`. Needs "teacher 1", "teacher 2", ..., whose probabilities are averaged;
 * or "reference", "registration" and "marked" where a gateway marks the reference's answers for customers, as strongly as
 * the marked copy.
 */
export interface StudentRecipe {
  readonly kind: "student";
  readonly architecture: Architecture;
  readonly seed: string;
  readonly queries: RowsOf;
  readonly lesson: Lesson;
  readonly epochs: number;
  /** Customers who asked, an equal share of the queries each, and the owner's key behind their marks. */
  readonly customers?: CustomersOf;
}

export interface CustomersOf {
  readonly ids: readonly string[];
  readonly key: number;
}

/** The reference's registration under one owner key: `registration.json`, `basis.f64`. Needs "reference", "shadow 1", ... */
export interface RegistrationRecipe {
  readonly kind: "registration";
  readonly key: number;
  readonly calibration: RowsOf;
  readonly pool: RowsOf;
  /** Hash of the programs that it comes from. */
  readonly code: string;
}

/** A marked copy: `model.onnx`, `report.json`. Needs "reference", "registration". */
export interface MarkedRecipe {
  readonly kind: "marked";
  readonly key: number;
  readonly calibration: RowsOf;
  /** Share of labels that may change on the calibration data, as measured. */
  readonly labels: number;
  readonly code: string;
}

/**
 * A registration and a marked copy as the command line makes them, with a key that nobody else has: `model.onnx` (the copy),
 * `report.json`, `owner.key`, `registration/...`. Needs "reference", "shadow 1", ... A registration bears the time of its
 * making, so another one has another carrier; it stays valid whatever becomes of the programs, so they are not named.
 */
export interface ReleasedRecipe {
  readonly kind: "released";
  /** Number of the key, which is drawn anew for each. */
  readonly key: number;
  readonly calibration: RowsOf;
  readonly pool: RowsOf;
  /** What the shadows were shown. */
  readonly shadowing: RowsOf;
  /** 95 % bound on the share of labels that may change. */
  readonly labelBudget: number;
}

/** What a thief makes of a model: `model.onnx`. Needs "model"; blending also "independent". */
export interface AttackedRecipe {
  readonly kind: "attacked";
  readonly attack: TuningAttack;
  readonly rows: RowsOf;
  readonly seed: string;
}

/** An attack of tier 2 with its options. */
export type TuningAttack =
  | { readonly name: "tune"; readonly options: Omit<TuneOptions, keyof Loot> }
  | { readonly name: "lora"; readonly options: Omit<LoraOptions, keyof Loot> }
  | { readonly name: "blend"; readonly options: Omit<BlendOptions, keyof Loot> };

/** A baseline's answers to a thief: `answers.f32`, `model.onnx`, `distortion.json`. Needs "reference". */
export interface GuardedRecipe extends Guarding {
  readonly kind: "guarded";
  readonly queries: RowsOf;
}

/** How a baseline protects the reference. */
export interface Guarding {
  readonly baseline: string;
  readonly training: RowsOf;
  readonly calibration: RowsOf;
  readonly test: RowsOf;
  readonly budget: { readonly labelsChanged: number; readonly accuracyCost: number };
}

/**
 * A suspect examined and concluded about: `result.json` and the residuals of its last look, `NAME.i16`. Needs
 * "reference", "registration", "shadow 1", ..., "suspect", and "companion" where two models answer.
 */
export interface ObservationRecipe {
  readonly kind: "observation";
  readonly key: number;
  readonly pool: RowsOf;
  readonly budget: number;
  /** One of the ways of serving of tier 5, or null for none. */
  readonly serving: string | null;
  readonly answers: "probabilities" | "logits";
  readonly code: string;
}

/** A suspect traced among customers: `result.json`. Needs what an observation does. */
export interface TraceRecipe extends Omit<ObservationRecipe, "kind"> {
  readonly kind: "trace";
  readonly customers: number;
  /** When all of them were entered into the register, RFC 3339: before the suspect was asked. */
  readonly since: string;
}

/** What a baseline's detector says of suspects: `result.json`. Needs "reference", "suspect 1", ... */
export interface DetectionRecipe extends Guarding {
  readonly kind: "detection";
  readonly queries: RowsOf;
  readonly fresh: RowsOf;
  readonly most: number;
  readonly randomKeys: number;
  readonly code: string;
}

/** Changing how things are made, where recipes do not say it, changes this number. */
const FORMAT = 1;

/**
 * Name of an artefact in the cache, hex.
 *
 * @param contents hash of the content of everything that it needs, by the part it plays
 */
export function recipeHash(recipe: unknown, contents: Readonly<Record<string, string>>): string {
  return createHash("sha256")
    .update(canonicalText({ contents, format: FORMAT, recipe }))
    .digest("hex");
}
