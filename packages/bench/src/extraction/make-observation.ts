import { agreement } from "@indicia/autodiff/evaluate";
import { conclude } from "@indicia/core/conclude";
import type { SealedObservation } from "@indicia/core/observation";
import { observeEndpoint } from "@indicia/core/observe-endpoint";
import type { PoolReadings } from "@indicia/core/probes/pool-readings";
import type { Registration } from "@indicia/core/registration";
import { registeredSeed } from "@indicia/core/registration-keys";
import type { ConclusionFile } from "@indicia/evidence/conclusion-format";
import { CLOCK, ownerKey, readRegistration } from "./claim.js";
import { labelsOf } from "../baselines/labels.js";
import { inputRows, labelledRows } from "./data.js";
import { forgetfulTranscript, memorySuspect, openServed, type SuspectOptions } from "./memory-suspect.js";
import { modelPath, type Needs, numbered, readModel } from "./needs.js";
import type { ObservationRecipe, TraceRecipe } from "./recipe.js";
import type { Files } from "./store.js";

/** Level of every verdict. */
export const LEVEL = 1e-6;
/** Decoy keys of a conclusion: wrong keys are counted by themselves, over all innocents. */
const DECOY_KEYS = 200;

/** What an examination said, as `result.json` holds it. */
export interface ObservationResult
  extends Pick<
    ConclusionFile,
    "log10PIdeal" | "verdict" | "looks" | "queries" | "lostQueries" | "standingReasons"
  > {
  /** Share of the pool that the suspect labels rightly, as it is served. */
  readonly accuracy: number;
  /** Of the strongest witness. */
  readonly T: number;
  readonly statistic: string;
  readonly rule: string;
  /** Residuals of the last look, by name, and their shape [k, m]. */
  readonly residuals: readonly string[];
  readonly shape: { readonly rows: number; readonly columns: number };
}

/** Examine a suspect as the product does, and conclude under the owner's key. */
export async function madeObservation(
  recipe: ObservationRecipe,
  needs: Needs,
  readings: PoolReadings,
): Promise<Files> {
  const registration = await readRegistration(needs);
  const served = await servedAs(recipe, needs);
  const observation = await observed(recipe, { needs, registration, served }, readings);
  const conclusion = conclude({
    observation,
    registration,
    seed: registeredSeed(registration, ownerKey(recipe.key), 0),
    subKey: 0,
    position: 1,
    level: LEVEL,
    payload: null,
    decoyKeys: DECOY_KEYS,
    clock: CLOCK,
  });
  const [best] = conclusion.witnesses;
  const residuals = observation.file.looks.at(-1)?.residuals ?? [];
  const carrier = residuals[0]?.carrier;
  const { log10PIdeal, verdict, looks, queries, lostQueries, standingReasons } = conclusion;
  const result: ObservationResult = {
    log10PIdeal,
    verdict,
    looks,
    queries,
    lostQueries,
    standingReasons,
    accuracy: await accuracyOf(recipe, served),
    T: best?.T ?? 0,
    statistic: best?.statistic ?? "",
    rule: observation.file.probes?.rule ?? "",
    residuals: residuals.map(({ file }) => file),
    shape: carrier?.scheme === "readout/1" ? carrier : { rows: 0, columns: 0 },
  };
  return new Map([
    ["result.json", Buffer.from(JSON.stringify(result))],
    ...residuals.flatMap(({ file }) => {
      const bytes = observation.files.get(file);
      return bytes === undefined ? [] : [[file, bytes] as const];
    }),
  ]);
}

/** The sealed answers of a suspect, asked without any key. */
export async function observed(
  recipe: Pick<ObservationRecipe | TraceRecipe, "pool" | "budget">,
  given: { readonly needs: Needs; readonly registration: Registration; readonly served: SuspectOptions },
  readings: PoolReadings,
): Promise<SealedObservation> {
  const { needs, registration, served } = given;
  const suspect = await memorySuspect(served);
  try {
    return await observeEndpoint({
      registration,
      referencePath: modelPath(needs, "reference"),
      referenceSha256: registration.file.reference.sha256,
      suspect,
      pool: await inputRows(recipe.pool),
      shadows: await Promise.all(numbered(needs, "shadow").map((part) => readModel(needs, part))),
      readings,
      budget: recipe.budget,
      transcript: forgetfulTranscript(),
      clock: CLOCK,
    });
  } finally {
    await suspect.close();
  }
}

async function accuracyOf(recipe: ObservationRecipe, served: SuspectOptions): Promise<number> {
  const { inputs, labels } = await labelledRows(recipe.pool);
  const { ask, close } = await openServed(served);
  try {
    return agreement(labelsOf(await ask(inputs)), labels);
  } finally {
    await close();
  }
}

/** The suspect's models, and how they answer. */
export async function servedAs(
  { serving, answers }: Pick<ObservationRecipe, "serving" | "answers">,
  needs: Needs,
): Promise<SuspectOptions> {
  const models = [await readModel(needs, "suspect")];
  if (needs["companion"] !== undefined) models.push(await readModel(needs, "companion"));
  return { models, serving, answers };
}
