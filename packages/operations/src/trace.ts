import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { refuseExisting } from "@indicia/core/folder";
import { type GatewayKeys, gatewayKeys } from "@indicia/core/gateway-keys";
import { nodeKeystream } from "@indicia/core/keystream-node";
import type { SealedObservation } from "@indicia/core/observation";
import { CoreError } from "@indicia/core/error";
import { OBSERVATION_FILES, readObservation } from "@indicia/core/observation-folder";
import type { Registration } from "@indicia/core/registration";
import { countObservation, openRegistrationChain } from "@indicia/core/registration-folder";
import { registrationLines } from "@indicia/core/plan-folder";
import { EvidenceError } from "@indicia/evidence/error";
import { requirePlanFirst } from "@indicia/evidence/plan-chain";
import { checkPlanned } from "@indicia/evidence/planned-observation";
import { canonicalBytes } from "@indicia/evidence/canonical";
import type { CustomerRegister } from "@indicia/evidence/customers";
import { drawTrace, statisticsOfLogged, type TraceRequest } from "@indicia/evidence/draw-trace";
import { writeDurably } from "@indicia/evidence/durable-file";
import type { SealedLogged } from "@indicia/evidence/logged-formats";
import type { QueryExcerpt } from "@indicia/evidence/query-excerpt";
import { GATEWAY_SUB_KEY } from "@indicia/proof/customer-keys";
import type { Context, Job } from "./context.js";
import { readKeyFile } from "./key-file.js";
import { agreedTerms } from "./agreed-terms.js";
import { type Following, followPlan, plannedTerms } from "./follow-plan.js";
import { anchoredRegistration } from "./anchored-registration.js";
import { heldRegister } from "./customer-register.js";
import { observeQueries } from "./observe-queries.js";
import { observeSuspect, observingOf } from "./observe-suspect.js";
import { lookCounter } from "./open-key.js";
import type { TraceOptions } from "./options.js";
import { excerptOfNamed, queryLogKeys } from "./query-log-excerpt.js";
import { tellTrace, traceReport } from "./tell-trace.js";
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

/** What those who are named were answered, out of the log as it was sealed. */
async function loggedAnswers(
  { options, keys }: Opened,
  logged: SealedLogged,
  named: readonly string[],
): Promise<QueryExcerpt | null> {
  if (options.queryLog === null) return null;
  const logKeys = await queryLogKeys(keys, options.queryLogIdentity);
  return excerptOfNamed(options.queryLog, { keys: logKeys, logged, named });
}

interface Opened {
  readonly options: TraceOptions;
  readonly registration: Registration;
  readonly register: CustomerRegister;
  readonly keys: GatewayKeys;
  readonly following: Following | null;
}

/** A sealed observation follows the plan that was given, and none where none was. */
async function requirePlanned(
  { options, registration, following }: Opened,
  observation: SealedObservation,
): Promise<void> {
  const { file, files } = observation;
  if (following === null && file.plan === undefined) return;
  if (following === null)
    throw new EvidenceError(
      "PLAN_MISSING",
      `the observation follows the plan ${file.plan?.sha256 ?? ""}`,
      "Give its folder with --plan.",
    );
  const { opened } = following.stored;
  checkPlanned({ opened, registration, observation: file, find: (name) => files.get(name) ?? null });
  requirePlanFirst(await registrationLines(options.registration), opened, observation);
}

async function observed(opened: Opened, folder: string, context: Context): Promise<SealedObservation> {
  const { options, registration } = opened;
  const resume = options.resume !== null;
  if (resume && existsSync(path.join(folder, OBSERVATION_FILES.seal))) return readObservation(folder);
  const count = await lookCounter(
    { registrationFolder: options.registration, registration },
    context,
    "trace",
  );
  return observeSuspect(
    {
      ...observingOf(options, { registration, following: opened.following }),
      folder: { path: folder, resume },
      ...(options.full
        ? {}
        : {
            onLook: async (sealed) => {
              const position = await count(sealed);
              const early = { logged: null, position, decoyKeys: 0, now: context.now() };
              return drawTrace(requestOf(opened, sealed, early)).verdict === "match" ? "stop" : "continue";
            },
          }),
    },
    context,
  );
}

async function askedAgain(
  { options, registration, register, keys }: Opened,
  folder: string,
  context: Context,
): Promise<SealedLogged | null> {
  if (options.queryLog === null || options.reference === null) return null;
  return observeQueries(
    {
      suspect: options.suspect,
      registrationFolder: options.registration,
      registration,
      reference: options.reference,
      customers: register.entries,
      queryLog: options.queryLog,
      logKeys: await queryLogKeys(keys, options.queryLogIdentity),
      budget: options.budget,
      folder,
    },
    context,
  );
}

/**
 * Logged queries are asked today, the observation may be an old one: both have to be of the suspect that the trace names.
 *
 * @throws CoreError OBSERVATION_INVALID
 */
function requireSameSuspect({ file }: SealedObservation, logged: SealedLogged | null): void {
  if (logged === null) return;
  const [one, other] = [file.suspect, logged.file.suspect];
  const same = one.target === other.target && (one.sha256 ?? other.sha256) === (other.sha256 ?? one.sha256);
  if (same) return;
  throw new CoreError(
    "OBSERVATION_INVALID",
    `the observation is of "${one.target}", and the logged queries were asked of another suspect`,
    "Name the suspect that was observed, or observe this one anew.",
  );
}

/**
 * Count what was sealed before the key is opened on it: logged queries that were asked again are an observation of their
 * own, since another log could be tried on another day. An examination of the same observation has its own place.
 */
async function counted(
  { options, registration }: Opened,
  { observation, logged }: { readonly observation: SealedObservation; readonly logged: SealedLogged | null },
  context: Context,
): Promise<number> {
  let position = 0;
  for (const [purpose, each] of [
    ["trace", observation],
    ["logged queries", logged],
  ] as const) {
    if (each === null) continue;
    // Opened anew for each: an open chain lists what it found, not what was appended since.
    const chain = await openRegistrationChain(options.registration, registration, context.now);
    try {
      position = Math.max(position, await countObservation(chain, each, purpose));
    } finally {
      await chain.close();
    }
  }
  return position;
}

function requestOf(
  { options, registration, register, keys, following }: Opened,
  observation: SealedObservation,
  given: {
    readonly logged: SealedLogged | null;
    readonly position: number;
    readonly decoyKeys: number;
    readonly now: Date;
  },
): TraceRequest {
  return {
    registration,
    observation,
    logged: given.logged,
    loggedStatistics: options.queryLog === null ? 0 : statisticsOfLogged(registration.file),
    register,
    keys,
    subKey: GATEWAY_SUB_KEY,
    position: given.position,
    level: options.level ?? registration.file.parameters.level,
    plan: following?.stored.opened.plan.file ?? null,
    decoyKeys: given.decoyKeys,
    keystream: nodeKeystream,
    concluded: given.now.toISOString(),
  };
}

/** Each customer's seed is derived once, however many looks are taken. */
function remembered(keys: GatewayKeys): GatewayKeys {
  const seeds = new Map<string, Uint8Array>();
  return {
    ...keys,
    customer: (id) => {
      const seed = seeds.get(id) ?? keys.customer(id);
      seeds.set(id, seed);
      return seed;
    },
  };
}
