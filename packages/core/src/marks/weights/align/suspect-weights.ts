import type { PlannedTensor } from "@indicia/evidence/registration-format";
import type { OnnxModel, TensorEntry } from "@indicia/onnx/open";
import { readFloats } from "@indicia/onnx/read-tensor";
import type { WeightSegment } from "@indicia/proof/weight-segments";
import type { Run } from "../shape.js";
import { type MatchedTensor, matchTensors } from "../match.js";
import { alignTensors } from "./align.js";
import type { Alignment, Target } from "./alignment.js";
import { alignToSketch } from "./align-sketch.js";
import { suspectViews } from "./candidates.js";
import { readSketch } from "./sketch.js";
import { type Matrix, matrixLayout, toCanonical, toStored } from "./matrix.js";

/** How a suspect's weights were recognised. */
export type FoundBy = MatchedTensor["by"] | "alignment" | "spectrum";

/** The suspect's counterpart of a planned tensor. */
export interface FoundWeights {
  readonly planned: PlannedTensor;
  /** Ids of the suspect's tensors it was read from. */
  readonly tensors: readonly string[];
  readonly by: FoundBy;
  /** Correlation with the reference over a sample; null where there is none, or after an alignment. */
  readonly correlation: number | null;
  /** What the alignment undid: order, signs, scales, surplus channels. */
  readonly undone: readonly string[];
  /** Numbers in the planned tensor's storage order, NaN where the suspect has none. The caller may change them. */
  readonly read: (start: number, count: number) => Float32Array;
}

/** Copies below this correlation may hide a new order of some channels, or their scales, and are aligned. */
export const SURELY_ALIKE = 0.97;

/** Correlation of a tensor in its place, over a sample, that is no chance. */
const SLIGHTLY_ALIKE = 0.1;

/** Another tensor of the reference to be aligned beside the planned ones. */
export interface ExtraTensor {
  readonly label: string;
  readonly tensor: TensorEntry;
  readonly rowAxis: number;
}

export interface SuspectWeights {
  readonly found: FoundWeights[];
  readonly missing: string[];
  /** Aligned matrices of the extra tensors, by label; those that were found. */
  readonly extra: ReadonlyMap<string, Matrix>;
  /** Whether the search for hidden weights ended at its limit. */
  readonly exhausted: boolean;
}

/** Tensors that lie in a suspect as they did in the reference, whatever their names; what is hidden is not looked for. */
export function storedWeights(
  plan: readonly PlannedTensor[],
  suspect: OnnxModel,
  reference: OnnxModel | null,
): FoundWeights[] {
  return matchTensors(plan, suspect, reference).matched.map((match) => ({
    ...match,
    tensors: [match.suspect.id],
    undone: [],
    read: (start, count) => readFloats(suspect, match.suspect, start, count).slice(),
  }));
}

/**
 * Find the planned tensors in a suspect. What is stored as it was is read where it lies, without loading anything; the
 * rest is aligned. Suspect and unmarked reference alone enter.
 */
export async function suspectWeights(request: {
  readonly plan: readonly PlannedTensor[];
  readonly suspect: OnnxModel;
  readonly reference: OnnxModel | null;
  /** sketch.bin of the registration, which stands in where there is no reference. */
  readonly sketch?: Uint8Array | null;
  /** Runs that will be read; nothing else of an aligned tensor is kept. */
  readonly segments: readonly WeightSegment[];
  readonly extra?: readonly ExtraTensor[];
}): Promise<SuspectWeights> {
  const { plan, suspect, reference, sketch = null, extra = [] } = request;
  const direct = new Map(
    storedWeights(plan, suspect, reference).map((stored) => [stored.planned.label, stored]),
  );
  const doubtful = plan.filter(({ label }) => (direct.get(label)?.correlation ?? 0) < SURELY_ALIKE);
  const { aligned, exhausted } = await align();
  const found = plan.flatMap((planned): FoundWeights[] => {
    const alignment = aligned.get(planned.label);
    // Singular values are read only where a tensor in its place shows nothing.
    const isLess =
      alignment?.by === "spectrum" && (direct.get(planned.label)?.correlation ?? 0) >= SLIGHTLY_ALIKE;
    if (alignment?.kept.kind === "runs" && !isLess) {
      const { by, kept, tensors, undone } = alignment;
      const read = (start: number, count: number): Float32Array => readRun(kept.runs, start, count);
      return [{ planned, tensors, by, correlation: null, undone, read }];
    }
    return [direct.get(planned.label) ?? []].flat();
  });
  const labels = new Set(found.map(({ planned }) => planned.label));
  return {
    found,
    missing: plan.filter(({ label }) => !labels.has(label)).map(({ label }) => label),
    extra: new Map(
      extra.flatMap(({ label }) => {
        const known = aligned.get(label);
        return known?.kept.kind === "whole" && known.by === "alignment"
          ? [[label, known.kept.matrix] as const]
          : [];
      }),
    ),
    exhausted,
  };

  async function align(): Promise<Alignment<Kept>> {
    if (doubtful.length + extra.length === 0) return { aligned: new Map(), exhausted: false };
    const views = suspectViews(suspect);
    if (reference !== null) return alignTensors(targetsOf(reference, doubtful, extra), views, keep);
    if (sketch === null) return { aligned: new Map(), exhausted: false };
    return alignToSketch(readSketch(sketch, plan), views, keep);
  }
  function keep(label: string, matrix: Matrix): Kept {
    const planned = plan.find((each) => each.label === label);
    if (planned === undefined) return { kind: "whole", matrix };
    const stored = toStored(matrix, matrixLayout(planned.dims, planned.rowAxis));
    const own = request.segments.filter((segment) => segment.label === label);
    const runs = own.map(({ start, count }) => ({ start, values: stored.slice(start, start + count) }));
    return { kind: "runs", runs };
  }
}

/** What is kept of an aligned tensor: runs of a planned one, all of another. */
type Kept =
  | { readonly kind: "runs"; readonly runs: readonly Run[] }
  | { readonly kind: "whole"; readonly matrix: Matrix };

function readRun(runs: readonly Run[], start: number, count: number): Float32Array {
  const run = runs.find((each) => each.start <= start && start + count <= each.start + each.values.length);
  if (run === undefined) throw new RangeError(`weights ${start} to ${start + count} were not kept`);
  return run.values.slice(start - run.start, start - run.start + count);
}

function targetsOf(
  reference: OnnxModel,
  planned: readonly PlannedTensor[],
  extra: readonly ExtraTensor[],
): Target[] {
  const places = new Map(reference.tensors.map((tensor, at) => [tensor.id, at]));
  const last = Math.max(1, reference.tensors.length - 1);
  const target = (label: string, tensor: TensorEntry, rowAxis: number): Target => {
    const layout = matrixLayout(tensor.dims, rowAxis);
    const { out, inn, kernel } = layout;
    return {
      label,
      out,
      inn,
      kernel,
      place: (places.get(tensor.id) ?? 0) / last,
      load: () => toCanonical(readFloats(reference, tensor), layout),
    };
  };
  return [
    ...planned.flatMap(({ label, tensors, rowAxis }) => {
      const tensor = reference.tensors.find(({ id }) => tensors.includes(id));
      return tensor === undefined ? [] : [target(label, tensor, rowAxis)];
    }),
    ...extra.map(({ label, tensor, rowAxis }) => target(label, tensor, rowAxis)),
  ].sort((a, b) => a.place - b.place);
}
