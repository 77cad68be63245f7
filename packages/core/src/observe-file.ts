import { type FileControl, fileControlSeed } from "@indicia/evidence/public-controls";
import type {
  NamedObserver,
  ObservedControl,
  PlanFollowed,
  SealedResidual,
} from "@indicia/evidence/observation-format";
import type { OnnxModel } from "@indicia/onnx/open";
import { int16Bytes } from "@indicia/evidence/numbers";
import { CoreError } from "./error.js";
import { measureReadoutFile } from "./marks/readout/measure.js";
import { findReadout, type Readout } from "./marks/readout/find.js";
import { comparableReadout, effectiveWeights } from "./marks/readout/open-weights.js";
import {
  type ExtraTensor,
  type SuspectWeights,
  SURELY_ALIKE,
  suspectWeights,
} from "./marks/weights/align/suspect-weights.js";
import { sampleSegments } from "@indicia/proof/sample-segments";
import { pearson } from "./marks/weights/match.js";
import { measureFound, type WeightMeasurement } from "./marks/weights/measure.js";
import { type SealedObservation, sealObservation } from "./observation.js";
import { normal, type PublicRandom, publicRandom } from "./probes/prng.js";
import type { Registration } from "./registration.js";
import type { WhiteBoxSuspect } from "./suspect.js";

export interface FileRequest {
  readonly registration: Registration;
  readonly suspect: WhiteBoxSuspect;
  readonly suspectModel: OnnxModel;
  /** The registered reference, or null to look without it. */
  readonly reference: { readonly model: OnnxModel; readonly sha256: string } | null;
  readonly clock: () => Date;
  /** The plan that is followed, and another party who observes; absent where there is neither. */
  readonly plan?: PlanFollowed;
  readonly observer?: NamedObserver;
}

/** Residuals measured so far, with the files they refer to. */
interface Collected {
  readonly residuals: SealedResidual[];
  readonly files: Map<string, Uint8Array>;
  readonly notes: string[];
}

/** Label under which the read-out is aligned beside the planned tensors. */
const READOUT = "read-out";

/**
 * Compare an open file with the reference, or look at it alone, without the key.
 *
 * @throws CoreError REFERENCE_REQUIRED where nothing can be measured without the reference
 */
export async function observeFile(request: FileRequest): Promise<SealedObservation> {
  const started = request.clock().toISOString();
  const collected: Collected = { residuals: [], files: new Map(), notes: [] };
  if (request.suspect.identity.sha256 === request.registration.file.reference.sha256)
    collected.notes.push("the suspect is the registered, unmarked model itself, byte for byte");
  const found = await findWeights(request);
  collectWeights(request, found, collected);
  collectReadout(request, found, collected);
  if (collected.residuals.length === 0) {
    throw new CoreError(
      "REFERENCE_REQUIRED",
      "nothing can be measured: the model carries no weight mark and no reference was given",
      "Give the registered model (--reference).",
    );
  }
  const controls = fileControls(request, collected);
  return sealObservation(
    {
      registration: request.registration.commitment,
      reference: request.reference?.sha256 ?? null,
      suspect: request.suspect.identity,
      access: "file",
      answers: null,
      probes: null,
      looks: [{ probes: 0, lost: 0, residuals: [...collected.residuals] }],
      controls,
      notes: collected.notes,
      ...(request.plan === undefined ? {} : { plan: request.plan }),
      ...(request.observer === undefined ? {} : { observer: request.observer }),
      transcript: null,
      started,
      finished: request.clock().toISOString(),
    },
    collected.files,
  );
}

/** What was found of the suspect's weights. */
interface Found {
  readonly weights: SuspectWeights;
  /** Null where there is no reference, or no read-out in it. */
  readonly readout: FacingReadouts | null;
}

/** The reference's read-out and what stands in its place in the suspect, effective weights row-major [m, d]. */
interface FacingReadouts {
  readonly place: Readout;
  readonly reference: Float64Array;
  /** Null where the suspect has no read-out of the registered size. */
  readonly suspect: Float64Array | null;
}

async function findWeights(request: FileRequest): Promise<Found> {
  const { registration, suspectModel, reference } = request;
  const { weights } = registration.file;
  const plan = "refusal" in weights ? [] : weights.tensors;
  const readout = facingReadouts(request);
  const found = await suspectWeights({
    plan,
    segments: sampleSegments(plan),
    suspect: suspectModel,
    reference: reference?.model ?? null,
    sketch: registration.sketch,
    extra: readout === null || standsThere(readout) ? [] : [hiddenReadout(readout.place)],
  });
  return { weights: found, readout };
}

function facingReadouts({ registration, suspectModel, reference }: FileRequest): FacingReadouts | null {
  const { readout } = registration.file;
  if ("refusal" in readout || reference === null) return null;
  const place = findReadout(reference.model, readout.output);
  if ("refusal" in place) return null;
  const theirs = comparableReadout(suspectModel, readout);
  return {
    place,
    reference: effectiveWeights(reference.model, place),
    suspect: theirs === null ? null : effectiveWeights(suspectModel, theirs),
  };
}

/** Whether the suspect's read-out lies where it should, as it was but for a mark and a little tuning. */
function standsThere({ suspect, reference }: FacingReadouts): boolean {
  return suspect !== null && pearson(suspect, reference) >= SURELY_ALIKE;
}

function hiddenReadout({ weight, layout }: Readout): ExtraTensor {
  return { label: READOUT, tensor: weight, rowAxis: layout === "md" ? 0 : weight.dims.length - 1 };
}

function collectWeights(
  { registration, suspectModel, reference }: FileRequest,
  found: Found,
  collected: Collected,
): void {
  const { weights } = registration.file;
  if ("refusal" in weights) {
    collected.notes.push(`no weight mark: ${weights.refusal}`);
    return;
  }
  const plan = weights.tensors;
  const measured = measureFound(
    { plan, suspect: suspectModel, reference: reference?.model ?? null },
    found.weights,
  );
  noteMatching(measured, collected.notes);
  if (found.weights.exhausted) collected.notes.push("the search for hidden weights ended at its limit");
  const id = measured.mode === "blind" ? "weights-blind" : "weights";
  collected.files.set(`${id}.i16`, int16Bytes(measured.residual));
  collected.residuals.push({
    id,
    carrier: { scheme: "weights/1", segments: measured.segments },
    file: `${id}.i16`,
    formed: null,
  });
}

function noteMatching(measured: WeightMeasurement, notes: string[]): void {
  const sampled = measured.residual.length;
  const planned = measured.matched.length + measured.missing.length;
  notes.push(
    `${measured.matched.length} of ${planned} planned ${planned === 1 ? "tensor was" : "tensors were"} found; ` +
      `${sampled} of ${measured.plannedWeights} weights were measured`,
  );
  const byContent = measured.matched.filter(({ by }) => by === "content").length;
  if (byContent > 0)
    notes.push(
      `${byContent} ${byContent === 1 ? "tensor was recognised by its" : "tensors were recognised by their"} content`,
    );
  const spectra = measured.matched.filter(({ by }) => by === "spectrum").length;
  if (spectra > 0)
    notes.push(`of ${spectra} unrecognised tensors of the same shape only singular values were compared`);
  const aligned = measured.matched.filter(({ by }) => by === "alignment");
  if (aligned.length === 0) return;
  const undone = [...new Set(aligned.flatMap((each) => each.undone))].sort();
  const what = undone.length === 0 ? "" : `; undone: ${undone.join(", ")}`;
  const to = measured.mode === "blind" ? "registered sketch" : "reference";
  notes.push(
    `${aligned.length} ${aligned.length === 1 ? "tensor was" : "tensors were"} aligned to the ${to}${what}`,
  );
}

function collectReadout(
  { registration, reference }: FileRequest,
  { weights, readout }: Found,
  collected: Collected,
): void {
  const registered = registration.file.readout;
  if ("refusal" in registered || registration.basis === null || reference === null) return;
  const theirs = readout === null ? null : suspectReadout(readout, weights);
  if (readout === null || theirs === null) {
    collected.notes.push("the suspect has no read-out of the registered size");
    return;
  }
  const measured = measureReadoutFile(theirs, readout.reference, registration.basis, {
    classes: registered.classes,
    name: "file",
  });
  for (const [name, bytes] of measured.files) collected.files.set(name, bytes);
  collected.residuals.push(...measured.residuals);
}

/** The suspect's read-out, row-major [m, d]: aligned where it was recognised, else what stands in its place. */
function suspectReadout({ place, suspect }: FacingReadouts, { extra }: SuspectWeights): Float64Array | null {
  const aligned = extra.get(READOUT);
  return aligned === undefined ? suspect : Float64Array.from(aligned.values, (value) => place.alpha * value);
}

/**
 * What has nothing to do with the key, put in the suspect's place: the reference itself, which leaves nothing over;
 * a copy disturbed by noise; and a copy that a stranger marked with a pattern of his own.
 */
function fileControls(request: FileRequest, { residuals, files }: Collected): ObservedControl[] {
  const kinds: readonly [
    name: FileControl,
    kind: ObservedControl["kind"],
    value: (random: PublicRandom) => number,
  ][] = [
    ["reference", "reference", () => 0],
    ["noise", "innocent", (random) => Math.round(8000 * normal(random))],
    ["stranger", "innocent", (random) => (random() < 0.5 ? -8000 : 8000)],
  ];
  return kinds
    .filter(([name]) => name !== "reference" || request.reference !== null)
    .map(([name, kind, value]) => {
      const random = publicRandom(fileControlSeed(name, request.registration.commitment));
      const own = residuals.map((residual) => {
        const file = `control-${name}-${residual.file}`;
        const length = (files.get(residual.file)?.length ?? 0) / 2;
        const values = new Int16Array(length);
        for (let i = 0; i < length; i++) values[i] = Math.max(-32_767, Math.min(32_767, value(random)));
        files.set(file, int16Bytes(values));
        return { ...residual, id: `control-${name}-${residual.id}`, file };
      });
      return { name, kind, residuals: own };
    });
}
