import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import path from "node:path";
import type { Registration } from "@indicia/core/registration";
import { readRegistration } from "@indicia/core/registration-folder";
import type { SealedLogged } from "@indicia/evidence/logged-formats";
import type { Context, Job } from "./context.js";
import { counted } from "./counted.js";
import { givenRegister } from "./customer-register.js";
import { followPlan, plannedTerms } from "./follow-plan.js";
import { LOGGED_FOLDER, observeQueries } from "./observe-queries.js";
import { observeSuspect, observingOf } from "./observe-suspect.js";
import { readObserver } from "./observer-key.js";
import type { ObserveOptions } from "./options.js";
import { queryLogKeys } from "./query-log-excerpt.js";
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
  const logged = await askedBesides(options, registration, context);
  context.say(
    `Observed ${file.suspect.target} (${file.access}) and sealed it as ${seal} in ${options.folder.path}.`,
  );
  if (file.plan !== undefined)
    context.say(`It follows the plan ${file.plan.sha256}, draw ${file.plan.draw + 1}.`);
  if (file.observer !== undefined) context.say(`"${file.observer.name}" signed the seal.`);
  if (logged !== null)
    context.say(
      `${counted(logged.file.asked, "logged query was", "logged queries were")} asked again, sealed as ${logged.seal}.`,
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
      plan: file.plan ?? null,
      observer: file.observer ?? null,
      looks: file.looks.map(({ probes, lost }) => ({ probes, lost })),
      notes: file.notes,
      ...(logged === null ? {} : { logged: { seal: logged.seal, asked: logged.file.asked } }),
    },
  };
};

/** Ask the logged queries again that somebody gives. A log that lies sealed under the gateway's key takes that key: not here. */
async function askedBesides(
  { logged = null, ...options }: ObserveOptions,
  registration: Registration,
  context: Context,
): Promise<SealedLogged | null> {
  if (logged === null || options.reference === null) return null;
  const held = { registration, now: context.now() };
  const { register } = await givenRegister(logged.customers, options.registration, held);
  return observeQueries(
    {
      suspect: options.suspect,
      registrationFolder: options.registration,
      registration,
      reference: options.reference,
      customers: register.entries,
      queryLog: logged.queryLog,
      logKeys: await queryLogKeys(null, logged.queryLogIdentity),
      budget: options.budget,
      folder: path.join(options.folder.path, LOGGED_FOLDER),
    },
    context,
  );
}
