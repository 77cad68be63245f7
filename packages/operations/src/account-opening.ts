import type { Registration } from "@indicia/core/registration";
import { gatewayKeys } from "@indicia/core/gateway-keys";
import type { SealedObservation } from "@indicia/core/observation";
import { drawTrace } from "@indicia/evidence/draw-trace";
import type { OpenedPlan } from "@indicia/evidence/open-plan";
import type { TraceFile } from "@indicia/evidence/trace-formats";
import path from "node:path";
import type { Context } from "./context.js";
import { givenRegister, requireCustomer } from "./customer-register.js";
import { LOGGED_FOLDER } from "./observe-queries.js";
import type { AccountOptions } from "./options.js";
import {
  counted,
  type Held,
  loggedAnswers,
  remembered,
  requestOf,
  requirePlanned,
  requireSameSuspect,
  type TracedLogged,
} from "./trace-steps.js";
import { writeTraceEvidence } from "./write-trace-evidence.js";

/** What examining one account takes, before anything is observed. */
export interface AccountOpening extends Held {
  readonly ownerKey: Uint8Array;
  /** Bytes of the register, for the evidence. */
  readonly customers: Uint8Array;
}

/**
 * Open the gateway's key for one account.
 *
 * @throws OperationError CUSTOMER_UNKNOWN, and those of register and key
 */
export async function openAccount(
  logged: AccountOptions,
  given: {
    readonly registrationFolder: string;
    readonly registration: Registration;
    readonly ownerKey: Uint8Array;
    readonly level: number | null;
    readonly plan: OpenedPlan | null;
  },
  context: Context,
): Promise<AccountOpening> {
  const { registrationFolder, registration, ownerKey, level, plan } = given;
  const { bytes, register } = await givenRegister(logged.customers, registrationFolder, {
    registration,
    now: context.now(),
  });
  const keys = remembered(gatewayKeys(registration, ownerKey));
  if (logged.customer !== null) requireCustomer(register, logged.customer, keys);
  const { queryLog, queryLogIdentity } = logged;
  return {
    options: { registration: registrationFolder, queryLog, queryLogIdentity, level },
    registration,
    register,
    keys,
    plan,
    account: { customer: logged.customer },
    ownerKey,
    customers: bytes,
  };
}

/** What was sealed, both halves of it, and where it lies. */
export interface SealedHalves {
  readonly folder: string;
  readonly observation: SealedObservation;
  readonly logged: TracedLogged | null;
}

/**
 * Count what was sealed, open the key of the account on it, and write evidence where it is asked for.
 *
 * @throws CoreError OBSERVATION_INVALID; EvidenceError PLAN_MISSING
 */
export async function concludeAccount(
  opening: AccountOpening,
  { folder, observation, logged }: SealedHalves,
  { out, context }: { readonly out: string | null; readonly context: Context },
): Promise<TraceFile> {
  const { registration } = opening;
  await requirePlanned(opening, observation);
  requireSameSuspect(observation, logged);
  const position = await counted(opening, { observation, logged }, context);
  const { decoyKeys } = registration.file.parameters;
  const result = drawTrace(
    requestOf(opening, observation, { logged, position, decoyKeys, now: context.now() }),
  );
  if (out !== null)
    await writeTraceEvidence(out, {
      registration,
      registrationFolder: opening.options.registration,
      observationFolder: folder,
      observation,
      logged: logged === null ? null : { folder: path.join(folder, LOGGED_FOLDER), sealed: logged },
      trace: result,
      customers: opening.customers,
      agreed: null,
      queryLog: logged === null ? null : await loggedAnswers(opening, logged, result.named),
      ownerKey: opening.ownerKey,
    });
  return result;
}
