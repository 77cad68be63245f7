import { type AnswerTable, lostRows } from "@indicia/proof/answer-residual";
import { carrierSalt, carrierSeed } from "@indicia/proof/keys";
import { portableKeystream } from "@indicia/proof/keystream";
import { payloadCommitment } from "@indicia/proof/payload-commitment";
import { hexToBytes } from "@noble/hashes/utils.js";
import { type ObservedFiles, residualValues } from "./conclusion-witnesses.js";
import { canonicalBytes } from "./canonical.js";
import { measureAnswers } from "./measure-answers.js";
import { measureShadows, SHADOW_FILES } from "./measure-shadows.js";
import { drawConclusion } from "./draw-conclusion.js";
import { altered } from "./error.js";
import type { ConclusionFile } from "./conclusion-format.js";
import type { ObservationFile, ObservedLook, SealedResidual } from "./observation-format.js";
import { float64Values, int32Values } from "./numbers.js";
import { OBSERVATION_FOLDER, type VerifyContext } from "./verify-context.js";
import type { StepResult } from "./run-steps.js";

/** Sums of doubles may differ in the last digits between machines, and so what they are rounded to. */
const RESIDUAL_TOLERANCE = 2;
/** Numbers of a conclusion are compared to this relative precision. */
const PRECISION = 1e-9;

/** Residuals of answers: all of them formed again from the sealed answers, and held against what was sealed. */
export function checkResiduals(context: VerifyContext): StepResult {
  const { file } = context.observation();
  if (file.access === "file")
    return { notChecked: "the residuals come from open files; give both models to measure them again" };
  let compared = 0;
  for (const look of file.looks) {
    const table = answerTable(context, file, look);
    const lost = lostRows(table, look.probes);
    if (lost !== look.lost)
      throw altered(
        "RESIDUAL_DIFFERS",
        `${lost} of ${look.probes} probes have no answer, ${look.lost} are stated`,
      );
    const { residuals, files } = measureAnswers(table, look.probes, `look-${look.probes}`);
    if (canonicalText(residuals) !== canonicalText(look.residuals))
      throw altered("RESIDUAL_DIFFERS", "these answers give other residuals than those that are listed");
    const again: ObservedFiles = { get: (name) => files.get(name) };
    for (const residual of look.residuals) {
      compare(residual, residualValues(again, residual), residualValues(observed(context), residual));
      compared++;
    }
  }
  const last = file.looks.at(-1);
  if (last !== undefined && context.registration().file.shadows.length > 0) {
    checkChoice(context, file);
    compared += compareShadows(context, file, last);
  }
  return { passed: `${compared} residuals formed again from the sealed answers` };
}

/** Each shadow in the suspect's place, formed again from what the shadows said. */
function compareShadows(context: VerifyContext, file: ObservationFile, last: ObservedLook): number {
  const again = measureShadows(answerTable(context, file, last), file.answers?.topK ?? null);
  const sealed = file.controls.filter(({ kind }) => kind === "shadow");
  if (canonicalText(again.controls) !== canonicalText(sealed))
    throw altered("RESIDUAL_DIFFERS", "these shadows give other controls than those that are listed");
  const residuals = sealed.flatMap((control) => control.residuals);
  for (const residual of residuals)
    compare(residual, residualValues(again.files, residual), residualValues(observed(context), residual));
  return residuals.length;
}

/** What is stated of the learning probes is what their sealed labels say. */
function checkChoice(context: VerifyContext, { probes }: ObservationFile): void {
  const labels = integers(context, SHADOW_FILES.choice);
  const [ours, theirs] = [labels.subarray(0, labels.length / 2), labels.subarray(labels.length / 2)];
  const answered = theirs.filter((label) => label >= 0).length;
  const agreeing = theirs.filter((label, i) => label >= 0 && label === ours[i]).length;
  if (answered === probes?.choice?.answered && agreeing === probes.choice.agreeing) return;
  throw altered(
    "RESIDUAL_DIFFERS",
    `the suspect sides with the reference on ${agreeing} of ${answered} learning probes, which is not what is stated`,
  );
}

/** The conclusion: drawn again from the sealed residuals with the disclosed sub-key, and compared field by field. */
export function checkStatistic(context: VerifyContext): StepResult {
  const { opened } = context;
  if (opened === null) return { notChecked: "no sub-key was disclosed" };
  const stated = context.conclusion();
  const { file, sha256: seal } = context.observation();
  const registration = context.registration();
  checkPayload(stated, registration.file.payload);
  const again = drawConclusion({
    registration: { file: registration.file, commitment: registration.sha256 },
    observation: {
      file,
      seal,
      files: observed(context),
    },
    seed: carrierSeed(opened.subKey, carrierSalt(hexToBytes(registration.sha256), context.randomness)),
    subKey: opened.index,
    position: stated.position,
    level: stated.level,
    plan: context.plan()?.plan.file ?? null,
    payload: stated.payload,
    decoyKeys: registration.file.parameters.decoyKeys,
    keystream: context.options.keystream ?? portableKeystream,
    concluded: stated.concluded,
  });
  requireSame("conclusion", stated, again);
  const [best] = again.witnesses;
  const found = best === undefined ? "" : `T = ${best.T.toFixed(3)} (${best.statistic}), `;
  return { passed: `${found}log10 p = ${again.log10PIdeal.toFixed(2)}, and every other field, recomputed` };
}

function checkPayload({ payload }: ConclusionFile, commitment: string | null): void {
  if (payload === null) return;
  if (payloadCommitment(hexToBytes(payload.nonce), payload.text) === commitment) return;
  throw altered("PAYLOAD_DIFFERS", "the payload is not the one that was committed to");
}

function answerTable(context: VerifyContext, file: ObservationFile, look: ObservedLook): AnswerTable {
  const { readout, shadows } = context.registration().file;
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
      probeRule: file.probes?.rule ?? "most-uncertain",
      shadows: shadowLogits(context, shadows.length, probes * readout.classes),
    };
  } catch (error) {
    if (error instanceof RangeError) throw altered("RESIDUAL_DIFFERS", error.message, { cause: error });
    throw error;
  }
}

/** Logits of each shadow, [n, m]. */
function shadowLogits(context: VerifyContext, count: number, size: number): Float64Array[] {
  if (count === 0) return [];
  const all = doubles(context, SHADOW_FILES.logits);
  if (all.length !== count * size)
    throw altered("RESIDUAL_DIFFERS", `${SHADOW_FILES.logits} has another size`);
  return Array.from({ length: count }, (_, j) => all.subarray(j * size, (j + 1) * size));
}

function canonicalText(value: unknown): string {
  return new TextDecoder().decode(canonicalBytes(value));
}

function compare(residual: SealedResidual, fresh: Int16Array, sealed: Int16Array): void {
  const equal =
    fresh.length === sealed.length &&
    fresh.every((value, i) => Math.abs(value - (sealed[i] ?? 0)) <= RESIDUAL_TOLERANCE);
  if (!equal) throw altered("RESIDUAL_DIFFERS", `"${residual.id}" does not follow from the sealed answers`);
}

/** @throws EvidenceError STATISTIC_DIFFERS, naming the first field that is not what it should be */
export function requireSame(field: string, stated: unknown, found: unknown): void {
  if (typeof stated === "object" && typeof found === "object" && stated !== null && found !== null) {
    const names = new Set([...Object.keys(stated), ...Object.keys(found)]);
    for (const name of names) requireSame(`${field}.${name}`, property(stated, name), property(found, name));
    return;
  }
  const equal =
    typeof stated === "number" && typeof found === "number"
      ? Math.abs(stated - found) <= PRECISION * Math.max(1, Math.abs(found))
      : stated === found;
  if (!equal)
    throw altered(
      "STATISTIC_DIFFERS",
      `${field} is stated as ${String(stated)} and comes out as ${String(found)}`,
    );
}

function property(from: object, name: string): unknown {
  return Object.hasOwn(from, name) ? (from as Record<string, unknown>)[name] : undefined;
}

/** The files of the observation by the names that observation.json gives them. */
function observed(context: VerifyContext): ObservedFiles {
  return { get: (name) => context.find(OBSERVATION_FOLDER + name) ?? undefined };
}

/** @throws EvidenceError OBSERVATION_FILE_MISSING, also where it holds no whole numbers of so many bytes */
function bytesOf(context: VerifyContext, name: string, width: 4 | 8): Uint8Array {
  const bytes = context.find(OBSERVATION_FOLDER + name);
  if (bytes === null || bytes.length % width !== 0)
    throw altered("OBSERVATION_FILE_MISSING", `"${name}" is missing or cut`);
  return bytes;
}

function doubles(context: VerifyContext, name: string): Float64Array {
  return float64Values(bytesOf(context, name, 8));
}

function integers(context: VerifyContext, name: string): Int32Array {
  return int32Values(bytesOf(context, name, 4));
}
