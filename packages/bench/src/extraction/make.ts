import type { PoolReadings } from "@indicia/core/probes/pool-readings";
import { madeObservation } from "./make-observation.js";
import { madeTrace } from "./make-trace.js";
import { madeDetection, madeGuarded } from "./make-baseline.js";
import { madeMarked, madeRegistration } from "./make-marked.js";
import { madeAttacked, madeStudent, madeTrained } from "./make-models.js";
import { madeReleased } from "./make-released.js";
import type { Recipe } from "./recipe.js";
import type { Files } from "./store.js";

/**
 * Make an artefact.
 *
 * @param needs folders of what it is made from, by the part that they play
 * @param readings what examinations before it have read of pools
 */
export function made(
  recipe: Recipe,
  needs: Readonly<Record<string, string>>,
  readings: PoolReadings,
): Promise<Files> {
  switch (recipe.kind) {
    case "trained":
      return madeTrained(recipe);
    case "student":
      return madeStudent(recipe, needs);
    case "attacked":
      return madeAttacked(recipe, needs);
    case "registration":
      return madeRegistration(recipe, needs);
    case "marked":
      return madeMarked(recipe, needs);
    case "released":
      return madeReleased(recipe, needs);
    case "guarded":
      return madeGuarded(recipe, needs);
    case "observation":
      return madeObservation(recipe, needs, readings);
    case "trace":
      return madeTrace(recipe, needs, readings);
    case "detection":
      return madeDetection(recipe, needs);
  }
}
