import type { PlannedTensor } from "@indicia/evidence/formats";
import type { OnnxModel, TensorEntry } from "@indicia/onnx/open";
import { readFloats } from "@indicia/onnx/read-tensor";
import { MAX_EXACT_ENTRIES } from "@indicia/proof/statistic";
import type { WeightSegment } from "@indicia/proof/weight-segments";
import { type MatchedBy, type MatchedTensor, matchTensors } from "./match.js";
import { addMoments, emptyMoments, rowLayout, rowScales } from "./rows.js";
import { sampleSegments } from "./sample.js";
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
    /** Id of the suspect's tensor. */
    readonly tensor: string;
    readonly by: MatchedBy;
    /** Correlation with the reference; null when blind. */
    readonly correlation: number | null;
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
  /** Most weights to look at; at most 4,000,000, beyond which sums would not be exact. */
  readonly most?: number;
}

/**
 * Measure a suspect's weights. With the reference: differences from it, row by row. Without: the weights
 * themselves, row by row, in which only a mark whose embedder silenced the host can be seen.
 *
 * No key, carrier or marked model can enter: the result depends on suspect, reference and registered plan alone.
 */
export function measureWeights(request: MeasureRequest): WeightMeasurement {
  const { plan, suspect, reference } = request;
  const { matched, missing } = matchTensors(plan, suspect, reference);
  const chosen = sampleSegments(plan, request.most ?? MAX_EXACT_ENTRIES);
  const segments: WeightSegment[] = [];
  const parts: Int16Array[] = [];
  for (const match of matched) {
    const own = chosen.filter(({ label }) => label === match.planned.label);
    segments.push(...own);
    parts.push(measureTensor(request, match, own));
  }
  return {
    mode: reference === null ? "blind" : "reference",
    segments,
    residual: joined(parts),
    matched: matched.map(({ planned, suspect: { id }, by, correlation }) => ({
      label: planned.label,
      tensor: id,
      by,
      correlation,
    })),
    missing,
    plannedWeights: plan.reduce((sum, { rows, columns }) => sum + rows * columns, 0),
  };
}

function measureTensor(
  request: MeasureRequest,
  match: MatchedTensor,
  segments: readonly WeightSegment[],
): Int16Array {
  const { dims, rowAxis, columns, tensors } = match.planned;
  const layout = rowLayout(dims, rowAxis);
  const theirs = runsOf(request.suspect, match.suspect, segments);
  if (request.reference === null) return shapeBlind(theirs, layout, columns);
  const original = request.reference.tensors.find(({ id }) => tensors.includes(id));
  if (original === undefined)
    return new Int16Array(theirs.reduce((sum, { values }) => sum + values.length, 0));
  const ours = runsOf(request.reference, original, segments);
  const moments = emptyMoments(layout.rows);
  for (const { start, values } of ours) addMoments(moments, layout, start, values);
  for (const [k, { values }] of theirs.entries()) {
    const from = ours[k]?.values ?? new Float32Array(0);
    for (let i = 0; i < values.length; i++) values[i] = (values[i] ?? 0) - (from[i] ?? 0);
  }
  return shapeDifferences(theirs, layout, columns, rowScales(moments, columns).deviations);
}

/** Copies of the segments' values. */
function runsOf(model: OnnxModel, tensor: TensorEntry, segments: readonly WeightSegment[]): Run[] {
  return segments.map(({ start, count }) => ({
    start,
    values: readFloats(model, tensor, start, count).slice(),
  }));
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
