import { customerKey } from "@indicia/proof/customer-keys";
import { carrierSalt, carrierSeed } from "@indicia/proof/keys";
import { portableKeystream } from "@indicia/proof/keystream";
import { hexToBytes } from "@noble/hashes/utils.js";
import { parseCanonical } from "./canonical.js";
import { drawTrace } from "./draw-trace.js";
import { registerIn, TRACE_PATHS, traceIn } from "./trace-parts.js";
import { OBSERVATION_FOLDER, type VerifyContext } from "./verify-context.js";
import { requireSame } from "./verify-statistic.js";
import type { StepResult } from "./run-steps.js";

/** The trace: drawn again with the disclosed sub-key, and compared field by field. */
export function checkTracedStatistic(context: VerifyContext): StepResult {
  const { opened } = context;
  if (opened === null) return { notChecked: "no sub-key was disclosed: the figures are as stated" };
  const stated = traceIn(context);
  if (stated.logged !== null)
    return { notChecked: "logged queries were asked again: drawing these again takes the query log" };
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
    logged: null,
    loggedStatistics: 0,
    register: registerIn(context),
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
  return { passed: `${found}and every other figure, recomputed` };
}
