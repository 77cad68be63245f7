import type { PlannedTensor } from "@indicia/evidence/registration-format";
import type { OnnxModel } from "@indicia/onnx/open";
import { readFloats } from "@indicia/onnx/read-tensor";
import { MAX_EXACT_ENTRIES } from "@indicia/proof/statistic";
import type { WeightSegment } from "@indicia/proof/weight-segments";
import {
  type FoundBy,
  type FoundWeights,
  storedWeights,
  type SuspectWeights,
  suspectWeights,
} from "./align/suspect-weights.js";
import { matrixLayout } from "./align/matrix.js";
import { addMoments, emptyMoments, rowLayout, rowScales } from "./rows.js";
import { sampleSegments } from "@indicia/proof/sample-segments";
import { type Run, shapeBlind, shapeDifferences } from "./shape.js";

/** What a suspect's weights say without the key; plain JSON but for the residual. */
export interface WeightMeasurement {
  readonly mode: "reference" | "blind";
  /** Where each run of the residual lies, in order. */
  readonly segments: WeightSegment[];
  /** R, the segments' runs one after another, at most 4,000,000 values. */
  readonly residual: Int16Array;
  readonly matched: {
    readonly label: string;
    /** Ids of the suspect's tensors. */
    readonly tensors: readonly string[];
    readonly by: FoundBy;
    /** Correlation with the reference; null when blind, and after an alignment. */
    readonly correlation: number | null;
    /** What an alignment undid. */
    readonly undone: readonly string[];
  }[];
  /** Labels of planned tensors that the suspect has nothing for. */
  readonly missing: string[];
  /** Weights of the plan, of which those in the residual are the measured ones. */
  readonly plannedWeights: number;
}

export interface MeasureRequest {
  readonly plan: readonly PlannedTensor[];
  readonly suspect: OnnxModel;
  /** The registered, unmarked model; null to measure blind. */
  readonly reference: OnnxModel | null;
  /** sketch.bin, by which weights are recognised without the reference. */
  readonly sketch?: Uint8Array | null;
  /** Most weights to look at; at most 4,000,000, beyond which sums would not be exact. */
  readonly most?: number;
}

/**
 * Measure a suspect's weights. With the reference: differences from it, row by row, after whatever hides the
 * suspect's weights was undone. Without: the weights themselves, row by row, in which only a mark whose embedder
 * silenced the host can be seen.
 *
 * No key, carrier or marked model can enter: the result depends on suspect, reference and registered plan alone.
 */
export async function measureWeights(request: MeasureRequest): Promise<WeightMeasurement> {
  const segments = sampleSegments(request.plan, request.most ?? MAX_EXACT_ENTRIES);
  return measureFound(request, await suspectWeights({ ...request, segments }));
}

/** Measure weights that were found already; see {@link measureWeights}. */
export function measureFound(
  request: MeasureRequest,
  { found, missing }: Pick<SuspectWeights, "found" | "missing">,
): WeightMeasurement {
  const { reference } = request;
  return reference === null
    ? measurement(request, found, missing, "blind", blind)
    : measurement(request, found, missing, "reference", (weights, own) =>
        differences(reference, weights, own),
      );
}

/** Weights of a model without a reference and without a sketch of it, found by id and name alone. */
export function measureBlind(request: Pick<MeasureRequest, "plan" | "suspect" | "most">): WeightMeasurement {
  const { plan, suspect } = request;
  const found = storedWeights(plan, suspect, null);
  const labels = new Set(found.map(({ planned }) => planned.label));
  const missing = plan.flatMap(({ label }) => (labels.has(label) ? [] : [label]));
  return measurement(request, found, missing, "blind", blind);
}

function blind({ planned, read }: FoundWeights, segments: readonly WeightSegment[]): Int16Array {
  const { dims, rowAxis, columns } = planned;
  return shapeBlind(runsOf(read, segments), rowLayout(dims, rowAxis), columns);
}

function measurement(
  { plan, most }: Pick<MeasureRequest, "plan" | "most">,
  found: readonly FoundWeights[],
  missing: string[],
  mode: WeightMeasurement["mode"],
  measure: (weights: FoundWeights, own: readonly WeightSegment[]) => Int16Array,
): WeightMeasurement {
  const chosen = sampleSegments(plan, most ?? MAX_EXACT_ENTRIES);
  const segments: WeightSegment[] = [];
  const parts: Int16Array[] = [];
  for (const weights of found) {
    const own = chosen.filter(({ label }) => label === weights.planned.label);
    segments.push(...own);
    parts.push(measure(weights, own));
  }
  return {
    mode,
    segments,
    residual: joined(parts),
    matched: found.map(({ planned: { label }, tensors, by, correlation, undone }) => ({
      label,
      tensors,
      by,
      correlation,
      undone,
    })),
    missing,
    plannedWeights: plan.reduce((sum, { rows, columns }) => sum + rows * columns, 0),
  };
}

function differences(
  reference: OnnxModel,
  { planned, read }: FoundWeights,
  segments: readonly WeightSegment[],
): Int16Array {
  const { dims, rowAxis, columns, tensors } = planned;
  const layout = rowLayout(dims, rowAxis);
  const theirs = runsOf(read, segments);
  const original = reference.tensors.find(({ id }) => tensors.includes(id));
  if (original === undefined)
    return new Int16Array(theirs.reduce((sum, { values }) => sum + values.length, 0));
  const ours = runsOf((start, count) => readFloats(reference, original, start, count), segments);
  const moments = emptyMoments(layout.rows);
  for (const { start, values } of ours) addMoments(moments, layout, start, values);
  for (const [k, { values }] of theirs.entries()) {
    const from = ours[k]?.values ?? new Float32Array(0);
    for (let i = 0; i < values.length; i++) {
      // What the suspect has not says nothing.
      const left = (values[i] ?? 0) - (from[i] ?? 0);
      values[i] = Number.isNaN(left) ? 0 : left;
    }
  }
  const { inn, innStride } = matrixLayout(dims, rowAxis);
  const channels = { count: inn, stride: Math.max(1, innStride) };
  return shapeDifferences(theirs, layout, columns, rowScales(moments, columns).deviations, channels);
}

function runsOf(read: FoundWeights["read"], segments: readonly WeightSegment[]): Run[] {
  return segments.map(({ start, count }) => ({ start, values: read(start, count) }));
}

function joined(parts: readonly Int16Array[]): Int16Array {
  const whole = new Int16Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
