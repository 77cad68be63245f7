import { readFile } from "node:fs/promises";
import path from "node:path";
import { askModel } from "../baselines/ask-model.js";
import { type Baseline, detect, type Guarded, type Owner } from "../baselines/baseline.js";
import { answerDistortion } from "../baselines/distortion.js";
import { baselines } from "../baselines/index.js";
import { ANSWERS, answersBytes } from "./answers-file.js";
import { labelledRows } from "./data.js";
import { FASHION_CLASSES } from "./fashion.js";
import { folderOf, MODEL, type Needs, numbered, readModel } from "./needs.js";
import type { DetectionRecipe, Guarding, GuardedRecipe } from "./recipe.js";
import type { Files } from "./store.js";

/** Key of every baseline. */
const KEY = "extraction bench";

/** What a baseline's detector says of the suspects. */
export interface DetectionResult {
  /** In the order of the suspects. */
  readonly suspects: readonly { readonly score: number; readonly lnP: number; readonly queries: number }[];
  readonly how: "rank" | "binomial";
}

/** Protect the reference by a baseline, and let a thief ask. */
export async function madeGuarded(recipe: GuardedRecipe, needs: Needs): Promise<Files> {
  const { owner, guarded } = await protectedBy(recipe, needs);
  const queries = await labelledRows(recipe.queries);
  const test = await labelledRows(recipe.test);
  const distortion = answerDistortion(
    await owner.ask(test.inputs),
    await guarded.answer(test.inputs),
    test.labels,
  );
  return new Map([
    [ANSWERS, answersBytes(await guarded.answer(queries.inputs))],
    [MODEL, guarded.model],
    ["distortion.json", Buffer.from(JSON.stringify(distortion))],
  ]);
}

/** Hold suspects against a baseline's claim. */
export async function madeDetection(recipe: DetectionRecipe, needs: Needs): Promise<Files> {
  const { guarded } = await protectedBy(recipe, needs, recipe.randomKeys);
  const { inputs: asked } = await labelledRows(recipe.queries);
  const { inputs: fresh } = await labelledRows(recipe.fresh);
  const check = await guarded.check({ asked, fresh, most: recipe.most });
  const suspects = [];
  let how: DetectionResult["how"] = "binomial";
  for (const part of numbered(needs, "suspect")) {
    const { score, lnP, queries, how: by } = await detect(check, askModel(await readModel(needs, part)));
    how = by;
    suspects.push({ score, lnP, queries });
  }
  const result: DetectionResult = { suspects, how };
  return new Map([["result.json", Buffer.from(JSON.stringify(result))]]);
}

async function protectedBy(
  { baseline, training, calibration, budget }: Guarding,
  needs: Needs,
  randomKeys?: number,
): Promise<{ owner: Owner; guarded: Guarded }> {
  const model = await readFile(path.join(folderOf(needs, "reference"), MODEL));
  const owner: Owner = {
    model,
    ask: askModel(model),
    classes: FASHION_CLASSES,
    training: await labelledRows(training),
    calibration: await labelledRows(calibration),
  };
  return { owner, guarded: await named(baseline, randomKeys).protect(owner, KEY, budget) };
}

function named(name: string, randomKeys?: number): Baseline {
  const found = baselines(randomKeys).find((each) => each.name === name);
  if (found !== undefined) return found;
  throw new RangeError(`no baseline "${name}"`);
}
