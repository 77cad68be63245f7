import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { refuseExisting } from "@indicia/core/folder";
import { OBSERVATION_FILES } from "@indicia/core/observation-folder";
import type { Job } from "./context.js";
import { followPlan, plannedTerms } from "./follow-plan.js";
import { anchoredRegistration } from "./anchored-registration.js";
import { readKeyFile } from "./key-file.js";
import { observeSuspect, observingOf } from "./observe-suspect.js";
import { concludeObservation, lookCounter, reachesLevel } from "./open-key.js";
import type { ExamineOptions } from "./options.js";
import { conclusionReport, tellConclusion } from "./tell-conclusion.js";
import { wasAsked } from "./was-asked.js";

/**
 * `indicia examine`: observe, seal, conclude. The key is read at the start, so that a wrong passphrase costs no query,
 * but all that reaches the observation from it is the word to stop once a look has reached the level.
 */
export const examine: Job<ExamineOptions> = async (options, context) => {
  if (options.logged != null) {
    // Loaded where it is asked for: most examinations read no query log.
    const { examineLogged } = await import("./examine-logged.js");
    return examineLogged(options, options.logged, context);
  }
  const started = performance.now();
  if (options.out !== null) refuseExisting(options.out);
  const registration = await anchoredRegistration(options.registration, options.rounds, context);
  const given = { registrationFolder: options.registration, registration, rounds: options.rounds };
  const following = await followPlan(options, given, context);
  const terms = plannedTerms(following, options);
  const ownerKey = await readKeyFile(options.key, context);
  const opening = {
    registrationFolder: options.registration,
    registration,
    ownerKey,
    level: terms.level,
    plan: following?.stored.opened ?? null,
  };
  const counted = await lookCounter(opening, context, "examination");
  const temporary =
    options.resume === null ? await mkdtemp(path.join(tmpdir(), "indicia-examination-")) : null;
  const folder = options.resume ?? path.join(temporary ?? "", "observation");
  try {
    const observation = await observeSuspect(
      {
        ...observingOf({ ...options, ...terms }, { registration, following }),
        folder: { path: folder, resume: options.resume !== null },
        ...(options.full
          ? {}
          : {
              onLook: async (sealed) =>
                (await reachesLevel(opening, sealed, await counted(sealed))) ? "stop" : "continue",
            }),
      },
      context,
    );
    const conclusion = await concludeObservation(opening, observation, context);
    if (options.out !== null) {
      // Loaded when there is something to print: most calls have nothing.
      const { writeEvidence } = await import("./write-evidence.js");
      await writeEvidence(options.out, {
        registration,
        registrationFolder: options.registration,
        observationFolder: folder,
        observation,
        conclusion,
        ownerKey,
        now: context.now,
      });
    }
    for (const note of observation.file.notes) context.say(`Note: ${note}.`);
    tellConclusion(conclusion, context);
    if (options.out !== null || !wasAsked(folder)) await discard(temporary);
    else context.say(`The observation is kept in ${folder}: make evidence of it with \`indicia conclude\`.`);
    return {
      exitCode: conclusion.verdict === "match" ? 0 : 1,
      report: conclusionReport(conclusion, {
        seconds: (performance.now() - started) / 1000,
        evidence: options.out,
      }),
    };
  } catch (error) {
    // What was asked cannot be asked again, so it is kept.
    if (!wasAsked(folder)) await discard(temporary);
    else if (existsSync(path.join(folder, OBSERVATION_FILES.seal)))
      context.say(`The observation is kept in ${folder}: go on with \`indicia conclude\`.`);
    else context.say(`What was answered so far is kept: go on with --resume ${folder}`);
    throw error;
  }
};

async function discard(temporary: string | null): Promise<void> {
  if (temporary !== null) await rm(temporary, { recursive: true, force: true });
}
