import type { PlannedTensor } from "@indicia/evidence/registration-format";
import type { Edit } from "@indicia/onnx/edit";
import type { OnnxModel, TensorEntry } from "@indicia/onnx/open";
import { readFloats } from "@indicia/onnx/read-tensor";
import {
  bfloatToNumber,
  type ElementType,
  halfToNumber,
  numberToBfloat,
  numberToHalf,
} from "@indicia/onnx/tensor";
import { weightStreamKey } from "@indicia/proof/carrier";
import type { Keystream } from "@indicia/proof/keystream";
import { encodePayload } from "@indicia/proof/payload";
import { CoreError } from "../../error.js";
import { type MarkUpdate, markUpdate, shared } from "./embed-update.js";
import { hostFactors, type HostFactors } from "./host.js";
import { rowLayout } from "./rows.js";
import { sampleSegments } from "@indicia/proof/sample-segments";
import { markSigns } from "./signs.js";
import { storedTensors, type TensorScales, tensorScales } from "./tensor-scales.js";

/** Strengths beyond one standard deviation are damage, not a mark. */
const MOST_STRENGTH = 1;

export interface EmbedRequest {
  /** The registered, unmarked model. */
  readonly model: OnnxModel;
  /** Registered tensors, from `planWeights`. */
  readonly plan: readonly PlannedTensor[];
  /** Carrier seed. */
  readonly seed: Uint8Array;
  /** eps in units of each row's standard deviation: one for all tensors, or by label (left out or 0: not marked). */
  readonly strength: number | Readonly<Record<string, number>>;
  /** Text of at most 32 UTF-8 bytes, or null for none. */
  readonly payload: string | null;
  readonly keystream: Keystream;
  /** Whether to silence the host, so that the mark can be found without the reference. Default true. */
  readonly cancelHost?: boolean;
  /** Scales from an earlier `tensorScales` of the same model and plan, to try several strengths. */
  readonly scales?: ReadonlyMap<string, TensorScales>;
}

/** Edits that place the mark, and what they do. */
export interface EmbeddedWeights {
  readonly edits: Edit[];
  /** Stored tensors and weights touched, every tied copy counted. */
  readonly tensors: number;
  readonly weights: number;
  /** ||W' - W||^2 and ||W||^2 over the touched tensors. */
  readonly changeSquared: number;
  readonly valuesSquared: number;
  /** By what the strength was multiplied to silence the host, 0.5 .. 2. */
  readonly hostFactors: HostFactors;
  /** Share of the mark that is left after rounding to the stored type; 1 for float32. */
  readonly surviving: number;
  readonly notes: string[];
}

/**
 * The weight mark as edits of stored values: w' = w + eps sigma_row V bit in the planned tensors. Nothing is
 * written, and the model stays as it is.
 *
 * @throws CoreError WRONG_REFERENCE where a planned tensor is not in the model, PAYLOAD_TOO_LONG,
 *   STRENGTH_OUT_OF_RANGE
 */
export function embedWeights(request: EmbedRequest): EmbeddedWeights {
  const { model, plan, seed, keystream } = request;
  const coded = codedPayload(request.payload);
  const strengths = new Map(plan.map(({ label }) => [label, strengthOf(request.strength, label)]));
  const scales = request.scales ?? tensorScales(model, plan);
  const quiet = request.cancelHost ?? true;
  const factors = quiet
    ? hostFactors({ model, plan, seed, keystream, coded, strengths })
    : { pilot: 1, payload: 1 };
  const signs = shared(markSigns(coded, factors));
  const places = plan.flatMap((planned) => {
    const strength = strengths.get(planned.label) ?? 0;
    const spread = scales.get(planned.label);
    if (strength === 0 || spread === undefined) return [];
    const steps = shared(Float64Array.from(spread.deviations, (deviation) => strength * deviation));
    const key = weightStreamKey(seed, planned.label);
    const stored = storedTensors(model, planned);
    const layout = rowLayout(planned.dims, planned.rowAxis);
    return [{ planned, stored, spread, steps, signs, layout, key }];
  });
  return {
    ...describe(places, factors),
    edits: editsOf(places, keystream),
    ...rounding(request, places),
  };
}

/** Where and how strongly one planned tensor is marked. */
interface Place extends MarkUpdate {
  readonly planned: PlannedTensor;
  readonly stored: readonly TensorEntry[];
  readonly spread: TensorScales;
}

/** Threads make the same edits with OpenSSL's keystream, whatever keystream was given: they are all one stream. */
const THREAD: URL = new URL("./embed-worker.js", import.meta.url);

function editsOf(places: readonly Place[], keystream: Keystream): Edit[] {
  return places.flatMap((place) =>
    place.stored.map((tensor) => ({
      kind: "values" as const,
      tensor,
      update: markUpdate(place, keystream),
      worker: { module: THREAD, data: dataOf(place) },
    })),
  );
}

function dataOf({ layout, steps, signs, key }: Place): MarkUpdate {
  return { layout, steps, signs, key };
}

function describe(
  places: readonly Place[],
  factors: HostFactors,
): Pick<EmbeddedWeights, "tensors" | "weights" | "changeSquared" | "valuesSquared" | "hostFactors"> {
  // Half of the weights are pilot, up to a share that vanishes with their number.
  const meanSquare = (factors.pilot ** 2 + factors.payload ** 2) / 2;
  const report = { tensors: 0, weights: 0, changeSquared: 0, valuesSquared: 0, hostFactors: factors };
  for (const { planned, stored, spread, steps } of places) {
    const change = steps.reduce((sum, step) => sum + step * step, 0) * planned.columns * meanSquare;
    report.tensors += stored.length;
    report.weights += stored.length * planned.rows * planned.columns;
    report.changeSquared += stored.length * change;
    report.valuesSquared += stored.length * spread.squares;
  }
  return report;
}

/** What 16-bit storage leaves of the mark, measured on the weights that an examination looks at. */
function rounding(
  request: EmbedRequest,
  places: readonly Place[],
): Pick<EmbeddedWeights, "surviving" | "notes"> {
  const half = places.filter(({ stored }) =>
    stored.some(({ type }) => type === "float16" || type === "bfloat16"),
  );
  if (half.length === 0) return { surviving: 1, notes: [] };
  const segments = sampleSegments(places.map(({ planned }) => planned));
  let placed = 0;
  let left = 0;
  for (const place of places) {
    const [tensor] = place.stored;
    if (tensor === undefined) continue;
    const add = markUpdate(place, request.keystream);
    for (const { start, count } of segments.filter(({ label }) => label === place.planned.label)) {
      const before = readFloats(request.model, tensor, start, count);
      const after = before.slice();
      add(after, start);
      for (let i = 0; i < count; i++) {
        const change = (after[i] ?? 0) - (before[i] ?? 0);
        if (!Number.isFinite(change)) continue;
        placed += Math.abs(change);
        left += Math.sign(change) * (asStored(tensor.type, after[i] ?? 0) - (before[i] ?? 0));
      }
    }
  }
  const surviving = placed > 0 ? left / placed : 0;
  const percent = (100 * surviving).toFixed(0);
  return { surviving, notes: [`16-bit storage rounds the mark: ${percent} % of its strength survives`] };
}

/** A number as it will be after being stored. */
function asStored(type: ElementType, value: number): number {
  if (type === "float16") return halfToNumber(numberToHalf(value));
  return type === "bfloat16" ? bfloatToNumber(numberToBfloat(value)) : value;
}

function codedPayload(payload: string | null): Uint8Array | null {
  if (payload === null) return null;
  try {
    return encodePayload(payload);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new CoreError("PAYLOAD_TOO_LONG", error.message, "Give a text of at most 32 bytes in UTF-8.", {
      cause: error,
    });
  }
}

function strengthOf(strength: EmbedRequest["strength"], label: string): number {
  const eps = typeof strength === "number" ? strength : (strength[label] ?? 0);
  if (eps >= 0 && eps <= MOST_STRENGTH) return eps;
  throw new CoreError(
    "STRENGTH_OUT_OF_RANGE",
    `weight strength ${eps} is not between 0 and ${MOST_STRENGTH}`,
    "Give a strength such as 0.005, the share of a row's spread.",
  );
}
