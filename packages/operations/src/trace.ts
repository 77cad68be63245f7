import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { refuseExisting } from "@indicia/core/folder";
import { gatewayKeys } from "@indicia/core/gateway-keys";
import { canonicalBytes } from "@indicia/evidence/canonical";
import { drawTrace } from "@indicia/evidence/draw-trace";
import { writeDurably } from "@indicia/evidence/durable-file";
import type { Job } from "./context.js";
import { readKeyFile } from "./key-file.js";
import { agreedTerms } from "./agreed-terms.js";
import { followPlan, plannedTerms } from "./follow-plan.js";
import { anchoredRegistration } from "./anchored-registration.js";
import { heldRegister } from "./customer-register.js";
import type { TraceOptions } from "./options.js";
import { tellTrace, traceReport } from "./tell-trace.js";
import {
  askedAgain,
  counted,
  loggedAnswers,
  observed,
  type Opened,
  remembered,
  requestOf,
  requirePlanned,
  requireSameSuspect,
} from "./trace-steps.js";
import { wasAsked } from "./was-asked.js";
import { writeTraceEvidence } from "./write-trace-evidence.js";

/** Files of a trace beside its observation. */
const TRACE_FILES = {
  trace: "trace.json",
  register: "customers.jsonl",
  observation: "observation",
  evidence: "evidence.zip",
} as const;

/**
 * `indicia trace`: observe as `examine` does, seal, and hold every customer's carrier against what was sealed. All that
 * reaches the observation from a key is the word to stop once an early look names somebody.
 */
export const trace: Job<TraceOptions> = async (options, context) => {
  const started = performance.now();
  if (options.out !== null) refuseExisting(options.out);
  const registration = await anchoredRegistration(options.registration, options.rounds, context);
  const ownerKey = await readKeyFile(options.key, context);
  const keys = remembered(gatewayKeys(registration, ownerKey));
  const customers = await readFile(options.customers);
  const register = await heldRegister(customers, options.registration, registration);
  const given = { registrationFolder: options.registration, registration, rounds: options.rounds };
  const following = await followPlan(options, given, context);
  const opening: Opened = {
    options: { ...options, ...plannedTerms(following, options) },
    plan: following?.stored.opened ?? null,
    account: null,
    registration,
    register,
    keys,
    following,
  };
  const agreed =
    options.acceptances === null
      ? null
      : await agreedTerms(options.registration, registration, options.acceptances, context);
  const temporary =
    options.out === null && options.resume === null
      ? await mkdtemp(path.join(tmpdir(), "indicia-trace-"))
      : null;
  const home = options.out ?? temporary;
  const folder = options.resume ?? path.join(home ?? "", TRACE_FILES.observation);
  try {
    if (options.out !== null) await mkdir(options.out);
    const observation = await observed(opening, folder, context);
    await requirePlanned(opening, observation);
    const logged = await askedAgain(opening, path.join(folder, "logged"), context);
    requireSameSuspect(observation, logged);
    const position = await counted(opening, { observation, logged }, context);
    const decoyKeys = registration.file.parameters.decoyKeys;
    const result = drawTrace(
      requestOf(opening, observation, { logged, position, decoyKeys, now: context.now() }),
    );
    if (options.out !== null) {
      await writeDurably(path.join(options.out, TRACE_FILES.register), customers);
      await writeDurably(path.join(options.out, TRACE_FILES.trace), canonicalBytes(result));
      await writeTraceEvidence(path.join(options.out, TRACE_FILES.evidence), {
        registration,
        registrationFolder: options.registration,
        observationFolder: folder,
        observation,
        logged: logged === null ? null : { folder: path.join(folder, "logged"), sealed: logged },
        trace: result,
        customers,
        agreed,
        queryLog: logged === null ? null : await loggedAnswers(opening, logged, result.named),
        ownerKey,
      });
    }
    for (const note of observation.file.notes) context.say(`Note: ${note}.`);
    tellTrace(result, context);
    if (options.out !== null)
      context.say(
        `The evidence is in ${path.join(options.out, TRACE_FILES.evidence)}; check it with \`indicia evidence verify\`.`,
      );
    if (temporary !== null && !wasAsked(folder)) await rm(temporary, { recursive: true, force: true });
    else context.say(`The observation is kept in ${folder}.`);
    return {
      exitCode: result.verdict === "match" ? 0 : 1,
      report: traceReport(result, { seconds: (performance.now() - started) / 1000, out: options.out }),
    };
  } catch (error) {
    if (wasAsked(folder)) context.say(`What was answered so far is kept: go on with --resume ${folder}`);
    else if (home !== null) await rm(home, { recursive: true, force: true });
    throw error;
  }
};
