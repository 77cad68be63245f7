import { answerResiduals, type AnswerTable } from "@indicia/proof/answer-residual";
import { carrierSalt, carrierSeed } from "@indicia/proof/keys";
import { portableKeystream } from "@indicia/proof/keystream";
import { payloadCommitment } from "@indicia/proof/payload-commitment";
import { applyMap } from "@indicia/proof/shaping";
import { quantise } from "@indicia/proof/statistic";
import { certify, toLog10 } from "@indicia/proof/tail";
import { type HeldLook, type Weighed, weighLook } from "@indicia/proof/weigh";
import { hexToBytes } from "@noble/hashes/utils.js";
import { altered } from "./error.js";
import type { ConclusionFile, ObservationFile, ObservedLook, SealedResidual } from "./formats.js";
import { OBSERVATION_FOLDER, type VerifyContext } from "./verify-context.js";
import type { StepResult } from "./verify-steps.js";

/** Sums of doubles may differ in the last digit between machines, and so the rounding to int16 by one. */
const RESIDUAL_TOLERANCE = 1;
/** T and log10 p are compared to this relative precision. */
const PRECISION = 1e-9;

/** Residuals of answers: formed again from the sealed answers, and held against what was sealed. */
export function checkResiduals(context: VerifyContext): StepResult {
  const { file } = context.observation();
  const formed = file.looks.some(({ residuals }) => residuals.some((residual) => residual.formed !== null));
  if (!formed)
    return { notChecked: "the residuals come from open files; give both models to measure them again" };
  let compared = 0;
  for (const look of file.looks) {
    const table = answerTable(context, file, look);
    const fresh = new Map(
      answerResiduals(table, look.probes).map(({ residual, matrix }) => [residual as string, matrix]),
    );
    for (const residual of look.residuals) {
      if (residual.formed === null) continue;
      const matrix = fresh.get(residual.formed.residual);
      if (matrix === undefined)
        throw altered("RESIDUAL_DIFFERS", `"${residual.id}" cannot be formed from these answers`);
      const map = residual.formed.map === null ? null : doubles(context, residual.formed.map);
      compare(residual, quantise(applyMap(map, matrix, table.dimensions)), values(context, residual));
      compared++;
    }
  }
  return { passed: `${compared} residuals formed again from the sealed answers` };
}

/** The statistics: recomputed from the sealed residuals with the disclosed sub-key, with all corrections. */
export function checkStatistic(context: VerifyContext): StepResult {
  const { opened } = context;
  if (opened === null) return { notChecked: "no sub-key was disclosed" };
  const conclusion = context.conclusion();
  const { file } = context.observation();
  const registration = context.registration();
  checkPayload(conclusion, registration.file.payload);
  const key = {
    seed: carrierSeed(opened.subKey, carrierSalt(hexToBytes(registration.sha256), null)),
    committedPayload: conclusion.payload?.text ?? null,
    observation: conclusion.position,
    keystream: portableKeystream,
  };
  const weighed = file.looks.flatMap((look, index) => weighLook(heldLook(context, look, index + 1), key));
  const best = weighed.reduce((a: Weighed | null, b) => (a === null || b.lnP < a.lnP ? b : a), null);
  if (best === null) throw altered("STATISTIC_DIFFERS", "there is nothing to compute a statistic from");
  same("log10PIdeal", conclusion.log10PIdeal, toLog10(best.lnP));
  same("log10P", conclusion.log10P, toLog10(certify(best.lnP)));
  for (const witness of conclusion.witnesses) {
    const found = weighed.find(
      ({ mark, statistic, probes }) =>
        mark === witness.mark && statistic === witness.statistic && probes === witness.probes,
    );
    if (found === undefined)
      throw altered("STATISTIC_DIFFERS", `no residual gives the statistic "${witness.statistic}"`);
    same(`T of "${witness.statistic}"`, witness.T, found.T);
    same(`log10 p of "${witness.statistic}"`, witness.log10P, toLog10(found.lnP));
  }
  const reached = certify(best.lnP) <= Math.log(conclusion.level);
  if (conclusion.verdict === "match" && !reached) {
    throw altered("STATISTIC_DIFFERS", "the conclusion says match where the level is not reached");
  }
  return {
    passed: `T = ${best.T.toFixed(3)} (${best.statistic}), log10 p = ${toLog10(best.lnP).toFixed(2)} recomputed`,
  };
}

function checkPayload({ payload }: ConclusionFile, commitment: string | null): void {
  if (payload === null) return;
  if (payloadCommitment(hexToBytes(payload.nonce), payload.text) === commitment) return;
  throw altered("PAYLOAD_DIFFERS", "the payload is not the one that was committed to");
}

function heldLook(context: VerifyContext, look: ObservedLook, position: number): HeldLook {
  return {
    position,
    probes: look.probes,
    lost: look.lost,
    residuals: look.residuals.map((residual) => ({ ...residual, values: values(context, residual) })),
  };
}

function answerTable(context: VerifyContext, file: ObservationFile, look: ObservedLook): AnswerTable {
  const { readout } = context.registration().file;
  if ("refusal" in readout) throw altered("RESIDUAL_DIFFERS", "the registration has no read-out");
  const phi = doubles(context, "phi.f64");
  const probes = phi.length / readout.dimensions;
  if (!Number.isInteger(probes) || probes < look.probes)
    throw altered("RESIDUAL_DIFFERS", "phi.f64 has another size");
  const labels = file.access === "labels";
  try {
    return {
      probes,
      dimensions: readout.dimensions,
      classes: readout.classes,
      phi,
      reference: doubles(context, "reference.f64"),
      link: readout.tail === "sigmoid" ? "sigmoid" : "softmax",
      vectors: labels
        ? null
        : {
            scale: file.access === "logits" ? "logits" : "probabilities",
            values: doubles(context, "answers.f64"),
          },
      labels: labels ? integers(context, "labels.i32") : null,
      decimals: file.answers?.decimals ?? null,
      boundary: file.probes?.rule === "boundary",
    };
  } catch (error) {
    if (error instanceof RangeError) throw altered("RESIDUAL_DIFFERS", error.message, { cause: error });
    throw error;
  }
}

function compare(residual: SealedResidual, fresh: Int16Array, sealed: Int16Array): void {
  const equal =
    fresh.length === sealed.length &&
    fresh.every((value, i) => Math.abs(value - (sealed[i] ?? 0)) <= RESIDUAL_TOLERANCE);
  if (!equal) throw altered("RESIDUAL_DIFFERS", `"${residual.id}" does not follow from the sealed answers`);
}

function same(what: string, stated: number, found: number): void {
  if (Math.abs(stated - found) <= PRECISION * Math.max(1, Math.abs(found))) return;
  throw altered("STATISTIC_DIFFERS", `${what} is stated as ${stated} and comes out as ${found}`);
}

function bytesOf(context: VerifyContext, name: string, width: number): DataView {
  const bytes = context.find(OBSERVATION_FOLDER + name);
  if (bytes === null || bytes.length % width !== 0)
    throw altered("OBSERVATION_FILE_MISSING", `"${name}" is missing or cut`);
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function values(context: VerifyContext, { file }: SealedResidual): Int16Array {
  const view = bytesOf(context, file, 2);
  return Int16Array.from({ length: view.byteLength / 2 }, (_, i) => view.getInt16(2 * i, true));
}

function doubles(context: VerifyContext, name: string): Float64Array {
  const view = bytesOf(context, name, 8);
  return Float64Array.from({ length: view.byteLength / 8 }, (_, i) => view.getFloat64(8 * i, true));
}

function integers(context: VerifyContext, name: string): Int32Array {
  const view = bytesOf(context, name, 4);
  return Int32Array.from({ length: view.byteLength / 4 }, (_, i) => view.getInt32(4 * i, true));
}
