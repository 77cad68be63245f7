import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { refuseExisting } from "@indicia/core/folder";
import { concludeAccount, openAccount } from "./account-opening.js";
import { anchoredRegistration } from "./anchored-registration.js";
import type { Context, Outcome } from "./context.js";
import { followPlan, plannedTerms } from "./follow-plan.js";
import { readKeyFile } from "./key-file.js";
import { LOGGED_FOLDER } from "./observe-queries.js";
import type { AccountOptions, ExamineOptions } from "./options.js";
import { accountReport } from "./account-report.js";
import { tellTrace } from "./tell-trace.js";
import { askedAgain, observed, type Opened } from "./trace-steps.js";
import { wasAsked } from "./was-asked.js";

/**
 * `indicia examine --query-log`: observe, ask again what a gateway was asked, seal, and hold one account's carriers against
 * both. The same order as ever: all that reaches what is observed from a key is the word to stop.
 */
export async function examineLogged(
  options: ExamineOptions,
  logged: AccountOptions,
  context: Context,
): Promise<Outcome> {
  const started = performance.now();
  if (options.out !== null) refuseExisting(options.out);
  const registration = await anchoredRegistration(options.registration, options.rounds, context);
  const ownerKey = await readKeyFile(options.key, context);
  const given = { registrationFolder: options.registration, registration, rounds: options.rounds };
  const following = await followPlan(options, given, context);
  const terms = plannedTerms(following, options);
  const plan = following?.stored.opened ?? null;
  const account = await openAccount(logged, { ...given, ownerKey, level: terms.level, plan }, context);
  const { queryLog, queryLogIdentity } = logged;
  const opening: Opened = {
    ...account,
    options: { ...options, ...terms, queryLog, queryLogIdentity },
    following,
  };
  const temporary =
    options.resume === null ? await mkdtemp(path.join(tmpdir(), "indicia-examination-")) : null;
  const folder = options.resume ?? path.join(temporary ?? "", "observation");
  try {
    const observation = await observed(opening, folder, context);
    const again = await askedAgain(opening, path.join(folder, LOGGED_FOLDER), context);
    const halves = { folder, observation, logged: again };
    const result = await concludeAccount(account, halves, { out: options.out, context });
    for (const note of observation.file.notes) context.say(`Note: ${note}.`);
    tellTrace(result, context);
    if (temporary !== null && (options.out !== null || !wasAsked(folder)))
      await rm(temporary, { recursive: true, force: true });
    else context.say(`The observation is kept in ${folder}: conclude on it with \`indicia conclude\`.`);
    const more = { seconds: (performance.now() - started) / 1000, evidence: options.out };
    return { exitCode: result.verdict === "match" ? 0 : 1, report: accountReport(result, more) };
  } catch (error) {
    // What was asked cannot be asked again, so it is kept.
    if (wasAsked(folder)) context.say(`What was answered so far is kept: go on with --resume ${folder}`);
    else if (temporary !== null) await rm(temporary, { recursive: true, force: true });
    throw error;
  }
}
