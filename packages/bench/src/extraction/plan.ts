import { baselineModels } from "./plan-baselines.js";
import { customerModels, distortionModels, matrixModels, modelsOfKey, type Codes } from "./plan-marked.js";
import { innocentNames, keylessModels } from "./plan-models.js";
import type { Profile } from "./profile.js";
import type { Artefact } from "./recipe.js";

/** Every model of a run, those first that most else needs. */
export function modelArtefacts(profile: Profile, codes: Codes): Artefact[] {
  const keyless = keylessModels(profile);
  const last = new Set(innocentNames(profile));
  return [
    ...keyless.filter(({ name }) => !last.has(name)),
    ...profile.keys.flatMap((key) => modelsOfKey(key, profile, codes)),
    ...customerModels(profile),
    ...matrixModels(profile).made,
    ...distortionModels(profile, codes),
    ...baselineModels(profile),
    ...keyless.filter(({ name }) => last.has(name)),
  ];
}
