import { mkdtempSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import type { Edit } from "@indicia/onnx/edit";
import { syncFolder } from "@indicia/evidence/durable-file";
import type { OnnxModel } from "@indicia/onnx/open";
import type { WrittenModel } from "@indicia/onnx/write";
import { writeModelParallel } from "@indicia/onnx/write-parallel";
import { CoreError } from "./error.js";
import { type Distortion, distortionOf, labelAllowance, listen, type Said } from "./label-change.js";
import { type ChosenReadout, chooseReadout, type ChosenWeights, chooseWeights } from "./mark-strength.js";
import { findReadout, type Readout } from "./marks/readout/find.js";
import { readScales } from "./marks/weights/tensor-passes.js";
import type { TensorScales } from "./marks/weights/tensor-scales.js";
import type { InputRows, Registration } from "./registration.js";
import { signalOption } from "./signal-option.js";

/** What is explicitly asked for may be at most this strong; beyond it a mark is damage. */
const MOST = { weights: 0.05, readout: 5 } as const;

export type Strength = "auto" | "off" | number;

export interface MarkRequest {
  readonly model: OnnxModel;
  readonly modelPath: string;
  readonly registration: Registration;
  /** Carrier seed, from `registeredSeed`. */
  readonly seed: Uint8Array;
  /** Carrier seed of the read-out mark where it is another: the customer's whose copy this is. */
  readonly readoutSeed?: Uint8Array;
  readonly calibration: InputRows;
  /** Share of each row's standard deviation. */
  readonly weights: Strength;
  /** Logits per unit of phi. */
  readonly readout: Strength;
  /** Share of labels that may change on the calibration data, as a 95 % upper bound. */
  readonly labelBudget: number;
  readonly payload: string | null;
  readonly out: string;
  /** Whether this is the registered model, found out while it is read; nothing is written before. Throws if not. */
  readonly verify?: () => Promise<void>;
  readonly signal?: AbortSignal;
  readonly onProgress?: (stage: string, done: number, total: number) => void;
}

export interface MarkReport {
  readonly sha256: string;
  readonly bytes: number;
  readonly marks: {
    readonly weights: {
      readonly strength: number;
      readonly tensors: number;
      readonly weights: number;
    } | null;
    readonly readout: { readonly strength: number; readonly dimensions: number } | null;
  };
  readonly payload: string | null;
  /** On the calibration data, by the marked file as written. `relativeChange` is ||W'-W|| / ||W||. */
  readonly distortion: Distortion & { readonly relativeChange: number };
  readonly notes: string[];
}

/** What the choice of strengths needs to know. */
export interface Marking {
  readonly request: MarkRequest;
  readonly place: Readout | null;
  /** What the unmarked model says of the calibration data. */
  readonly before: Said;
  /** Labels that may change in all. */
  readonly most: number;
  /** Folder for candidates, removed afterwards. */
  readonly scratch: string;
  /** Scales of the planned tensors, read once however many strengths are tried. */
  readonly scales: ReadonlyMap<string, TensorScales>;
}

/**
 * Write a marked copy of the registered model: weights first, then the read-out on top, as strong as the label
 * budget allows, then the written file is run once more and reported as it is.
 *
 * @throws CoreError STRENGTH_OUT_OF_RANGE, NOTHING_TO_MARK, NO_READOUT
 */
export async function markModel(request: MarkRequest): Promise<MarkReport> {
  const place = placeOf(request);
  const { before, scales } = await readReference(request, place);
  const allowance = labelAllowance(before.rows, request.labelBudget);
  const scratch = mkdtempSync(path.join(path.dirname(path.resolve(request.out)), ".indicia-mark-"));
  try {
    const marking: Marking = { request, place, before, most: allowance.most, scratch, scales };
    const weights = await chooseWeights(marking);
    // Rounding in the file may change a label more than was foreseen: then there is less to spend.
    for (let limit = allowance.most; ; ) {
      const readout =
        place === null ? null : await chooseReadout({ ...marking, most: limit }, place, weights);
      if (weights === null && readout === null) throw nothingToMark(request);
      const report = await write(marking, weights, readout, notesOf(request, allowance.certified));
      const beyond = report.distortion.labelsChanged - allowance.most;
      if (beyond <= 0 || readout === null || request.readout !== "auto")
        return {
          ...report,
          notes: [...report.notes, ...outcomeNotes(marking, { weights, readout, report })],
        };
      limit -= beyond;
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Read the model for all there is to know of it: its hash, what it says, and its scales, side by side. */
async function readReference(
  request: MarkRequest,
  place: Readout | null,
): Promise<Pick<Marking, "before" | "scales">> {
  const { model, modelPath, calibration, registration } = request;
  const { weights } = registration.file;
  const plan = request.weights === "off" || "refusal" in weights ? [] : weights.tensors;
  const [verified, said, scaled] = await Promise.allSettled([
    request.verify?.(),
    listen(modelPath, model, place, calibration, {
      logitsOnly: request.readout === "off",
      ...signalOption(request.signal),
      onProgress: stage(request, "reading the calibration data"),
    }),
    readScales(model, plan, signalOption(request.signal)),
  ]);
  // The first says most: what else goes wrong with another model is a consequence.
  if (verified.status === "rejected") throw verified.reason;
  if (said.status === "rejected") throw said.reason;
  if (scaled.status === "rejected") throw scaled.reason;
  return { before: said.value, scales: scaled.value };
}

async function write(
  { request, place, before }: Marking,
  weights: ChosenWeights | null,
  readout: ChosenReadout | null,
  notes: string[],
): Promise<MarkReport> {
  const edits: Edit[] = [...(weights?.edits ?? []), ...(readout?.edits ?? [])];
  // A candidate with these very edits, and no others, is on disk and has been listened to already.
  const candidate = readout === null ? weights : null;
  const written =
    candidate?.written && leavesNothing(request, edits)
      ? await moveInto(candidate.written, request.out)
      : await writeModelParallel(request.model, edits, request.out, {
          ...signalOption(request.signal),
          onProgress: stage(request, "writing the marked model"),
        });
  const after =
    candidate?.said ??
    (await listen(request.out, request.model, place, request.calibration, {
      logitsOnly: request.readout === "off",
      ...signalOption(request.signal),
      onProgress: stage(request, "checking the marked model"),
    }));
  const relativeChange = Math.sqrt(
    ((weights?.changeSquared ?? 0) + (readout?.changeSquared ?? 0)) /
      ((weights?.valuesSquared ?? 0) + (readout?.valuesSquared ?? 0)),
  );
  return {
    sha256: written.sha256,
    bytes: written.bytes,
    marks: {
      weights:
        weights === null
          ? null
          : { strength: weights.strength, tensors: weights.tensors, weights: weights.weights },
      readout: readout === null ? null : { strength: readout.strength, dimensions: readout.dimensions },
    },
    payload: weights === null ? null : request.payload,
    distortion: { ...distortionOf(before, after, request.calibration.random), relativeChange },
    notes: [...notes, ...(weights?.notes ?? [])],
  };
}

/** Whether files written elsewhere are those that would be written here: none of the model's own is left in use. */
function leavesNothing({ model, out }: MarkRequest, edits: readonly Edit[]): boolean {
  if (model.directory === null || path.resolve(model.directory) !== path.dirname(path.resolve(out)))
    return true;
  const edited = new Set(
    edits.flatMap((edit) =>
      edit.kind === "values" && edit.tensor.storage.kind === "external" ? [edit.tensor.storage.location] : [],
    ),
  );
  return model.externalFiles.every((location) => edited.has(location));
}

/** Give files that are durable already their names; the model itself last, so that it is never without its weights. */
async function moveInto(
  written: WrittenModel & { readonly path: string },
  out: string,
): Promise<WrittenModel> {
  const [from, to] = [path.dirname(written.path), path.dirname(out)];
  const moved: string[] = [];
  try {
    for (const { name } of written.externalFiles) {
      renameSync(path.join(from, name), path.join(to, name));
      moved.push(path.join(to, name));
    }
    renameSync(written.path, out);
  } catch (error) {
    for (const file of moved) rmSync(file, { force: true });
    throw error;
  }
  await syncFolder(to);
  return written;
}

function placeOf(request: MarkRequest): Readout | null {
  const { registration, model } = request;
  for (const kind of ["weights", "readout"] as const) {
    const strength = request[kind];
    if (typeof strength === "number" && !(strength > 0 && strength <= MOST[kind])) {
      throw new CoreError(
        "STRENGTH_OUT_OF_RANGE",
        `${kind} strength ${strength} is not above 0 and at most ${MOST[kind]}`,
        `Give --${kind} auto, off, or a smaller number.`,
      );
    }
  }
  const registered = registration.file.readout;
  if ("refusal" in registered) {
    if (typeof request.readout === "number") {
      throw new CoreError(
        "NO_READOUT",
        `no read-out to mark: ${registered.refusal}`,
        "Use --readout off; the weight mark still works.",
      );
    }
    return null;
  }
  const found = findReadout(model, registered.output);
  if ("refusal" in found || found.weight.id !== registered.weight) {
    throw new CoreError(
      "WRONG_REFERENCE",
      "the registered read-out is not in this model",
      "Mark the model that was registered.",
    );
  }
  return found;
}

function notesOf(request: MarkRequest, certified: boolean): string[] {
  const notes: string[] = [];
  const { rows, random } = request.calibration;
  if (random) notes.push("the calibration data were random: labels changed in real use may be more or fewer");
  if (!certified) {
    notes.push(
      `${rows} calibration rows cannot certify a label budget of ${request.labelBudget}: auto let none of them change for the read-out mark, and real use may differ`,
    );
  }
  return notes;
}

/** What the owner may not have expected of what was placed: a budget that was passed, a mark that was left out. */
function outcomeNotes(
  { request, place }: Marking,
  placed: {
    readonly weights: ChosenWeights | null;
    readonly readout: ChosenReadout | null;
    readonly report: MarkReport;
  },
): string[] {
  const notes: string[] = [];
  const { labelsChanged, labelsChangedUpper95, rows } = placed.report.distortion;
  if (place !== null && placed.readout === null && request.readout === "auto") {
    notes.push(
      `no read-out mark was placed, since the least of them goes beyond the label budget of ${request.labelBudget}: ` +
        "a suspect that is only reached by its answers cannot be examined; allow a larger --label-budget or give --readout a strength",
    );
  }
  if (labelsChanged > 0 && labelsChangedUpper95 > request.labelBudget) {
    const why =
      request.weights === "auto" && placed.weights !== null
        ? `; the weight mark is already the weakest, ${placed.weights.strength}, and --weights off leaves it out`
        : "";
    notes.push(
      `${labelsChanged} of ${rows} labels changed, a bound of ${labelsChangedUpper95.toPrecision(2)} against the label budget of ` +
        `${request.labelBudget}${why}`,
    );
  }
  return notes;
}

function nothingToMark(request: MarkRequest): CoreError {
  const { weights, readout } = request.registration.file;
  const { labelBudget, readout: strength } = request;
  const reasons = [weights, readout].flatMap((part) => ("refusal" in part ? [part.refusal] : []));
  if (!("refusal" in readout) && strength === "auto")
    reasons.push(`the least read-out mark goes beyond the label budget of ${labelBudget}`);
  return new CoreError(
    "NOTHING_TO_MARK",
    `no mark was placed: ${reasons.length > 0 ? reasons.join("; ") : "both marks are off"}`,
    "Turn a mark on (--weights, --readout), or allow a larger --label-budget.",
  );
}

function stage(request: MarkRequest, name: string): (done: number, total: number) => void {
  return (done, total) => request.onProgress?.(name, done, total);
}
