import { readRegistration } from "@indicia/core/registration-folder";
import type { Job } from "../context.js";
import { observeSuspect } from "./observe-suspect.js";
import type { ObserveOptions } from "./options.js";

/** `indicia observe`: the half of an examination that needs no key, and that a neutral party can run. */
export const observe: Job<ObserveOptions> = async (options, context) => {
  const registration = await readRegistration(options.registration);
  const sealed = await observeSuspect(
    {
      suspect: options.suspect,
      registrationFolder: options.registration,
      registration,
      reference: options.reference,
      budget: options.budget,
      folder: options.folder,
    },
    context,
  );
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
