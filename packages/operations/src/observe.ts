import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { readRegistration } from "@indicia/core/registration-folder";
import type { Job } from "./context.js";
import { followPlan, plannedTerms } from "./follow-plan.js";
import { observeSuspect, observingOf } from "./observe-suspect.js";
import { readObserver } from "./observer-key.js";
import type { ObserveOptions } from "./options.js";
import { wasAsked } from "./was-asked.js";

/** `indicia observe`: the half of an examination that needs no key, and that a neutral party can run. */
export const observe: Job<ObserveOptions> = async (options, context) => {
  const registration = await readRegistration(options.registration);
  const given = { registrationFolder: options.registration, registration, rounds: options.rounds };
  const following = await followPlan(options, given, context);
  const terms = plannedTerms(following, { ...options, level: null });
  const observer = options.observer === null ? null : await readObserver(options.observer);
  const isNew = !existsSync(options.folder.path);
  const sealed = await observeSuspect(
    {
      ...observingOf({ ...options, ...terms }, { registration, following, observer }),
      folder: options.folder,
    },
    context,
  ).catch(async (error: unknown) => {
    // A suspect that could not be asked leaves nothing in the way of the next attempt.
    if (isNew && !wasAsked(options.folder.path))
      await rm(options.folder.path, { recursive: true, force: true });
    throw error;
  });
  const { file, seal } = sealed;
  context.say(
    `Observed ${file.suspect.target} (${file.access}) and sealed it as ${seal} in ${options.folder.path}.`,
  );
  if (file.plan !== undefined)
    context.say(`It follows the plan ${file.plan.sha256}, draw ${file.plan.draw + 1}.`);
  if (file.observer !== undefined) context.say(`"${file.observer.name}" signed the seal.`);
  for (const note of file.notes) context.say(`Note: ${note}.`);
  return {
    exitCode: 0,
    report: {
      observation: options.folder.path,
      seal,
      registration: file.registration,
      suspect: file.suspect,
      access: file.access,
      answers: file.answers,
      probes: file.probes,
      plan: file.plan ?? null,
      observer: file.observer ?? null,
      looks: file.looks.map(({ probes, lost }) => ({ probes, lost })),
      notes: file.notes,
    },
  };
};
