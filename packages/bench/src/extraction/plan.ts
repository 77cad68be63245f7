import { baselineDetections, baselineModels } from "./plan-baselines.js";
import { httpArtefacts } from "./plan-http.js";
import { lookArtefacts } from "./plan-looks.js";
import { customerModels, distortionModels, matrixModels, modelsOfKey, type Codes } from "./plan-marked.js";
import { innocentNames, keylessModels } from "./plan-models.js";
import type { Profile } from "./profile.js";
import type { Artefact } from "./recipe.js";

/** Every model of a run, those first that most else needs. */
export function modelArtefacts(profile: Profile, codes: Codes): Artefact[] {
  const keyless = keylessModels(profile);
  const [first = 1, ...others] = profile.keys;
  const last = new Set(innocentNames(profile));
  return [
    ...keyless.filter(({ name }) => !last.has(name)),
    ...modelsOfKey(first, profile, codes),
    ...customerModels(profile),
    ...httpArtefacts(profile),
    ...others.slice(0, 2).flatMap((key) => modelsOfKey(key, profile, codes)),
    ...baselineModels(profile),
    ...keyless.filter(({ name }) => last.has(name)),
    ...matrixModels(profile).made,
    ...others.slice(2).flatMap((key) => modelsOfKey(key, profile, codes)),
    ...distortionModels(profile, codes),
  ];
}

/** Every model, examination, trace and detection of a run. */
export function allArtefacts(profile: Profile, codes: Codes): Artefact[] {
  return [
    ...modelArtefacts(profile, codes),
    ...lookArtefacts(profile, codes),
    ...baselineDetections(profile, codes.core),
  ];
}
