import { customerKey } from "@indicia/proof/customer-keys";
import { carrierSalt, carrierSeed } from "@indicia/proof/keys";
import { portableKeystream } from "@indicia/proof/keystream";
import { hexToBytes } from "@noble/hashes/utils.js";
import { parseCanonical } from "./canonical.js";
import { drawTrace, statisticsOfLogged, type TraceRequest } from "./draw-trace.js";
import { groupsAsStated } from "./query-groups.js";
import { registerIn, TRACE_PATHS, traceIn } from "./trace-parts.js";
import { OBSERVATION_FOLDER, type VerifyContext } from "./verify-context.js";
import { LOGGED_FOLDER } from "./verify-logged.js";
import { requireSame } from "./verify-statistic.js";
import type { StepResult } from "./run-steps.js";

/** The trace: drawn again with the disclosed sub-key, and compared field by field. */
export function checkTracedStatistic(context: VerifyContext): StepResult {
  const { opened } = context;
  if (opened === null) return { notChecked: "no sub-key was disclosed: the figures are as stated" };
  const stated = traceIn(context);
  const logged = stated.logged === null ? null : sealedLogged(context, stated.logged);
  if (logged === null && stated.logged !== null)
    return {
      notChecked: "the sets of logged queries are not named: drawing these again takes the query log",
    };
  const registration = context.registration();
  const { file, sha256: seal } = context.observation();
  const salt = carrierSalt(hexToBytes(registration.sha256), context.randomness);
  const again = drawTrace({
    registration: { file: registration.file, commitment: registration.sha256 },
    observation: {
      file,
      seal,
      files: { get: (name) => context.find(OBSERVATION_FOLDER + name) ?? undefined },
    },
    plan: context.plan()?.plan.file ?? null,
    logged,
    loggedStatistics: logged === null ? 0 : statisticsOfLogged(registration.file),
    register: registerIn(context),
    account: stated.account ?? null,
    keys: {
      seed: carrierSeed(opened.subKey, salt),
      customer: (id) => carrierSeed(customerKey(opened.subKey, id), salt),
    },
    subKey: opened.index,
    position: stated.position,
    level: stated.level,
    decoyKeys: registration.file.parameters.decoyKeys,
    keystream: context.options.keystream ?? portableKeystream,
    concluded: stated.concluded,
  });
  requireSame("trace", parseCanonical(context.find(TRACE_PATHS.trace) ?? new Uint8Array(0)), again);
  const [best] = again.customers;
  const found =
    best === undefined ? "" : `${best.customer} with log10 p = ${best.log10PIdeal.toFixed(2)} first, `;
  const parted = logged === null ? "" : "; logged queries in the sets that were sealed";
  return { passed: `${found}and every other figure, recomputed${parted}` };
}

/** Answers to logged queries as they were sealed, in the sets that their seal names; null where it names none. */
function sealedLogged(context: VerifyContext, seal: string): TraceRequest["logged"] {
  const file = context.drawnLogged();
  if (file === null) return null;
  return {
    file,
    seal,
    groups: groupsAsStated(file.groups),
    files: { get: (name) => context.find(LOGGED_FOLDER + name) ?? undefined },
  };
}
