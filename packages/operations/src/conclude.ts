import { refuseExisting } from "@indicia/core/folder";
import { readObservation } from "@indicia/core/observation-folder";
import { observedPlan } from "@indicia/core/plan-folder";
import type { Job } from "./context.js";
import { anchoredRegistration } from "./anchored-registration.js";
import { readKeyFile } from "./key-file.js";
import { plannedLevel } from "./follow-plan.js";
import { concludeObservation } from "./open-key.js";
import type { ConcludeOptions } from "./options.js";
import { conclusionReport, tellConclusion } from "./tell-conclusion.js";

/** `indicia conclude`: open the key on a sealed observation. */
export const conclude: Job<ConcludeOptions> = async (options, context) => {
  if (options.logged != null) {
    // Loaded where it is asked for: most conclusions read no query log.
    const { concludeLogged } = await import("./conclude-logged.js");
    return concludeLogged(options, options.logged, context);
  }
  const started = performance.now();
  if (options.out !== null) refuseExisting(options.out);
  const registration = await anchoredRegistration(options.registration, options.rounds, context);
  const observation = await readObservation(options.observation);
  const ownerKey = await readKeyFile(options.key, context);
  const plan = (await observedPlan(options.observation))?.opened ?? null;
  const opening = {
    registrationFolder: options.registration,
    registration,
    ownerKey,
    level: plannedLevel(plan, options.level),
    plan,
  };
  const conclusion = await concludeObservation(opening, observation, context);
  if (options.out !== null) {
    // Loaded when there is something to print: most calls have nothing.
    const { writeEvidence } = await import("./write-evidence.js");
    await writeEvidence(options.out, {
      registration,
      registrationFolder: options.registration,
      observationFolder: options.observation,
      observation,
      conclusion,
      ownerKey,
      now: context.now,
    });
  }
  tellConclusion(conclusion, context);
  return {
    exitCode: conclusion.verdict === "match" ? 0 : 1,
    report: conclusionReport(conclusion, {
      seconds: (performance.now() - started) / 1000,
      evidence: options.out,
    }),
  };
};
