import { baselines } from "../baselines/index.js";
import { innocentNames, student } from "./plan-models.js";
import { LABELS_CHANGED, type Profile } from "./profile.js";
import type { Artefact, Guarding } from "./recipe.js";

/** Accuracy that a protection may cost. */
export const ACCURACY_COST = 0.002;

/** Methods that are compared; a quick run takes one that changes answers. */
export function baselineNames({ whole }: Profile): string[] {
  const names = baselines().map(({ name }) => name);
  return whole ? names : names.slice(0, 1);
}

export const guardedName = (baseline: string): string => `${answering(baseline)}: answers`;
export const baselineThief = (baseline: string): string => `${answering(baseline)}: vector thief`;
export const detectionName = (baseline: string): string => `${baseline}: detection`;

/** The residual correction is one of the detector alone. */
function answering(baseline: string): string {
  return baseline.startsWith("CosWM") ? "CosWM" : baseline;
}

/** What each baseline answers to the thief, and the thief. */
export function baselineModels(profile: Profile): Artefact[] {
  const names = baselineNames(profile).filter((baseline) => answering(baseline) === baseline);
  return names.flatMap((baseline): Artefact[] => [
    {
      name: guardedName(baseline),
      recipe: { kind: "guarded", ...guarding(baseline, profile), queries: profile.queries },
      needs: { reference: "reference" },
      seconds: baseline === "trigger set" ? 90 : 10,
    },
    student(baselineThief(baseline), {
      queries: profile.queries,
      epochs: profile.epochs.thief,
      teachers: [guardedName(baseline)],
    }),
  ]);
}

/** Each baseline's detector on its thief, and on innocents. */
export function baselineDetections(profile: Profile, code: string): Artefact[] {
  return baselineNames(profile).map((baseline): Artefact => {
    const suspects = [baselineThief(baseline), ...innocentNames(profile)];
    return {
      name: detectionName(baseline),
      recipe: {
        kind: "detection",
        ...guarding(baseline, profile),
        queries: profile.queries,
        fresh: profile.pool,
        most: profile.few,
        randomKeys: profile.randomKeys,
        code,
      },
      needs: {
        reference: "reference",
        ...Object.fromEntries(suspects.map((name, i) => [`suspect ${i + 1}`, name])),
      },
      seconds: 60,
    };
  });
}

function guarding(baseline: string, { owner, calibration, pool }: Profile): Guarding {
  return {
    baseline,
    training: owner,
    calibration,
    test: pool,
    budget: { labelsChanged: LABELS_CHANGED, accuracyCost: ACCURACY_COST },
  };
}
