import path from "node:path";
import { refuseExisting } from "@indicia/core/folder";
import { readObservation } from "@indicia/core/observation-folder";
import { observedPlan } from "@indicia/core/plan-folder";
import { concludeAccount, openAccount } from "./account-opening.js";
import { accountReport } from "./account-report.js";
import { anchoredRegistration } from "./anchored-registration.js";
import type { Context, Outcome } from "./context.js";
import { plannedLevel } from "./follow-plan.js";
import { readKeyFile } from "./key-file.js";
import { LOGGED_FOLDER } from "./observe-queries.js";
import type { AccountOptions, ConcludeOptions } from "./options.js";
import { queryLogKeys } from "./query-log-excerpt.js";
import { readLogged } from "./read-logged.js";
import { tellTrace } from "./tell-trace.js";

/**
 * `indicia conclude --query-log`: open the gateway's key, for one account, on an observation whose logged queries were asked
 * again. Nobody is asked anything; the log is parted anew.
 */
export async function concludeLogged(
  options: ConcludeOptions,
  logged: AccountOptions,
  context: Context,
): Promise<Outcome> {
  const started = performance.now();
  if (options.out !== null) refuseExisting(options.out);
  const registrationFolder = options.registration;
  const registration = await anchoredRegistration(registrationFolder, options.rounds, context);
  const ownerKey = await readKeyFile(options.key, context);
  const observation = await readObservation(options.observation);
  const plan = (await observedPlan(options.observation))?.opened ?? null;
  const level = plannedLevel(plan, options.level);
  const opening = await openAccount(
    logged,
    { registrationFolder, registration, ownerKey, level, plan },
    context,
  );
  const sealed = await readLogged({
    folder: path.join(options.observation, LOGGED_FOLDER),
    registrationFolder,
    registration,
    customers: opening.register.entries,
    queryLog: logged.queryLog,
    logKeys: await queryLogKeys(opening.keys, logged.queryLogIdentity),
  });
  const halves = { folder: options.observation, observation, logged: sealed };
  const result = await concludeAccount(opening, halves, { out: options.out, context });
  tellTrace(result, context);
  const more = { seconds: (performance.now() - started) / 1000, evidence: options.out };
  return { exitCode: result.verdict === "match" ? 0 : 1, report: accountReport(result, more) };
}
