import { existsSync } from "node:fs";
import path from "node:path";
import type { GatewayKeys } from "@indicia/core/gateway-keys";
import { nodeKeystream } from "@indicia/core/keystream-node";
import type { SealedObservation } from "@indicia/core/observation";
import { CoreError } from "@indicia/core/error";
import { OBSERVATION_FILES, readObservation } from "@indicia/core/observation-folder";
import type { Registration } from "@indicia/core/registration";
import { countObservation, openRegistrationChain } from "@indicia/core/registration-folder";
import { registrationLines } from "@indicia/core/plan-folder";
import type { CustomerRegister } from "@indicia/evidence/customers";
import { drawTrace, statisticsOfLogged, type TraceRequest } from "@indicia/evidence/draw-trace";
import { EvidenceError } from "@indicia/evidence/error";
import { requirePlanFirst } from "@indicia/evidence/plan-chain";
import { checkPlanned } from "@indicia/evidence/planned-observation";
import type { SealedLogged } from "@indicia/evidence/logged-formats";
import type { OpenedPlan } from "@indicia/evidence/open-plan";
import type { QueryExcerpt } from "@indicia/evidence/query-excerpt";
import type { ExaminedAccount } from "@indicia/evidence/trace-formats";
import { GATEWAY_SUB_KEY } from "@indicia/proof/customer-keys";
import type { Context } from "./context.js";
import type { Following } from "./follow-plan.js";
import { observeQueries } from "./observe-queries.js";
import { observeSuspect, observingOf } from "./observe-suspect.js";
import { lookCounter } from "./open-key.js";
import type { TraceOptions } from "./options.js";
import { excerptOfNamed, queryLogKeys } from "./query-log-excerpt.js";
import type { HeldLogged } from "./read-logged.js";

/** Answers to logged queries: asked now, or read as they were sealed. */
export type TracedLogged = SealedLogged | HeldLogged;

/** What those who are named were answered, out of the log as it was sealed. */
export async function loggedAnswers(
  { options, keys }: Held,
  logged: TracedLogged,
  named: readonly string[],
): Promise<QueryExcerpt | null> {
  if (options.queryLog === null) return null;
  const logKeys = await queryLogKeys(keys, options.queryLogIdentity);
  return excerptOfNamed(options.queryLog, { keys: logKeys, logged, named });
}

/** What a gateway's key is opened with. */
export interface Held {
  readonly options: Pick<TraceOptions, "registration" | "queryLog" | "queryLogIdentity" | "level">;
  readonly registration: Registration;
  readonly register: CustomerRegister;
  readonly keys: GatewayKeys;
  /** The plan that is followed, or null. */
  readonly plan: OpenedPlan | null;
  /** The one account to examine, or null for every customer. */
  readonly account: ExaminedAccount | null;
}

/** What observing takes besides. */
export interface Opened extends Held {
  readonly options: Omit<TraceOptions, "customers" | "acceptances" | "out" | "key">;
  readonly following: Following | null;
}

/** A sealed observation follows the plan that was given, and none where none was. */
export async function requirePlanned(
  { options, registration, plan }: Held,
  observation: SealedObservation,
): Promise<void> {
  const { file, files } = observation;
  if (plan === null && file.plan === undefined) return;
  if (plan === null)
    throw new EvidenceError(
      "PLAN_MISSING",
      `the observation follows the plan ${file.plan?.sha256 ?? ""}`,
      "Give its folder with --plan.",
    );
  checkPlanned({ opened: plan, registration, observation: file, find: (name) => files.get(name) ?? null });
  requirePlanFirst(await registrationLines(options.registration), plan, observation);
}

/** Observe, or read what was sealed; the key says no more than when to stop. */
export async function observed(opened: Opened, folder: string, context: Context): Promise<SealedObservation> {
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

/** Ask the logged queries again; null where no log is given. */
export async function askedAgain(
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
export function requireSameSuspect({ file }: SealedObservation, logged: TracedLogged | null): void {
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
export async function counted(
  { options, registration }: Held,
  { observation, logged }: { readonly observation: SealedObservation; readonly logged: TracedLogged | null },
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

/** What is drawn from it. */
export function requestOf(
  { options, registration, register, keys, plan, account }: Held,
  observation: SealedObservation,
  given: {
    readonly logged: TracedLogged | null;
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
    account,
    keys,
    subKey: GATEWAY_SUB_KEY,
    position: given.position,
    level: options.level ?? registration.file.parameters.level,
    plan: plan?.plan.file ?? null,
    decoyKeys: given.decoyKeys,
    keystream: nodeKeystream,
    concluded: given.now.toISOString(),
  };
}

/** Each customer's seed is derived once, however many looks are taken. */
export function remembered(keys: GatewayKeys): GatewayKeys {
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
