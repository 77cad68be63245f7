import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { readRegistration } from "@indicia/core/registration-folder";
import type { Job } from "../context.js";
import { observeSuspect, observingOf } from "./observe-suspect.js";
import type { ObserveOptions } from "./options.js";
import { wasAsked } from "./was-asked.js";

/** `indicia observe`: the half of an examination that needs no key, and that a neutral party can run. */
export const observe: Job<ObserveOptions> = async (options, context) => {
  const registration = await readRegistration(options.registration);
  const isNew = !existsSync(options.folder.path);
  const sealed = await observeSuspect(
    {
      ...observingOf(options, registration),
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
      looks: file.looks.map(({ probes, lost }) => ({ probes, lost })),
      notes: file.notes,
    },
  };
};
