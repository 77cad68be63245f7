import type { PlannedTensor } from "@indicia/evidence/registration-format";
import type { OnnxModel, TensorEntry } from "@indicia/onnx/open";
import { readFloats } from "@indicia/onnx/read-tensor";
import { elementCount } from "@indicia/onnx/tensor";
import { isReal } from "./plan.js";

/** How a suspect's tensor was recognised. */
export type MatchedBy = "id" | "name" | "content";

/** A planned tensor beside the suspect's tensor that is compared with it. */
export interface MatchedTensor {
  readonly planned: PlannedTensor;
  readonly suspect: TensorEntry;
  readonly by: MatchedBy;
  /** Correlation with the reference over a sample; null where there is no reference. */
  readonly correlation: number | null;
}

export interface Matching {
  readonly matched: MatchedTensor[];
  /** Labels of planned tensors that the suspect has nothing for. */
  readonly missing: string[];
}

/**
 * Below this a tensor is not taken for a copy of the reference's. Copies that were pruned by 90 % or tuned for long
 * keep more; unrelated tensors of 1,024 weights stay below 0.13 but for one in 30,000.
 */
const LEAST_CORRELATION = 0.25;
/** Weights compared to recognise a tensor, in blocks spread over it. */
const COMPARED = 4096;
const COMPARED_BLOCKS = 16;

/**
 * Find the planned tensors in a suspect: by id, by name, and, where these do not lead to a copy, by content among
 * all tensors of the same dims. Matching looks at the reference and at the suspect, never at a marked model.
 *
 * @param reference null for a blind examination, which can go by id and name alone
 */
export function matchTensors(
  plan: readonly PlannedTensor[],
  suspect: OnnxModel,
  reference: OnnxModel | null,
): Matching {
  const compare = reference === null ? null : comparison(suspect, reference);
  const taken = new Set<string>();
  const found = new Map<string, MatchedTensor>();
  const take = (match: MatchedTensor): void => {
    found.set(match.planned.label, match);
    taken.add(match.suspect.id);
  };
  const named = new Map<string, MatchedTensor>();
  for (const planned of plan) {
    const match = byName(planned, suspect, reference, taken);
    if (match === null) continue;
    const correlation = compare === null ? null : compare(planned, match.suspect);
    const known = { planned, ...match, correlation };
    if (correlation === null || correlation >= LEAST_CORRELATION) take(known);
    else named.set(planned.label, known);
  }
  for (const planned of plan) {
    if (found.has(planned.label)) continue;
    const match = compare === null ? null : byContent(planned, suspect, compare, taken);
    if (match !== null) take(match);
  }
  // Where nothing resembles the reference, what stands in its place is measured: innocents end up here.
  for (const [label, match] of named) if (!found.has(label) && !taken.has(match.suspect.id)) take(match);
  const matched = plan.flatMap(({ label }) => found.get(label) ?? []);
  return { matched, missing: plan.filter(({ label }) => !found.has(label)).map(({ label }) => label) };
}

type Compare = (planned: PlannedTensor, tensor: TensorEntry) => number;

function byName(
  planned: PlannedTensor,
  suspect: OnnxModel,
  reference: OnnxModel | null,
  taken: ReadonlySet<string>,
): { suspect: TensorEntry; by: MatchedBy } | null {
  const free = suspect.tensors.filter((tensor) => fits(planned, tensor) && !taken.has(tensor.id));
  const sameId = free.find(({ id }) => planned.tensors.includes(id));
  if (sameId !== undefined) return { suspect: sameId, by: "id" };
  const originals = reference?.tensors.filter(({ id }) => planned.tensors.includes(id)) ?? [];
  const names = originals.map(({ name }) => name);
  // Without the reference only its ids are known: the path of a graph, and the name.
  const known = (name: string): boolean =>
    reference === null
      ? planned.tensors.some((id) => id === name || id.endsWith(`/${name}`))
      : names.includes(name);
  const sameName = free.find(({ name }) => name !== "" && known(name));
  return sameName === undefined ? null : { suspect: sameName, by: "name" };
}

function byContent(
  planned: PlannedTensor,
  suspect: OnnxModel,
  compare: Compare,
  taken: ReadonlySet<string>,
): MatchedTensor | null {
  let best: MatchedTensor | null = null;
  for (const tensor of suspect.tensors) {
    if (!fits(planned, tensor) || taken.has(tensor.id)) continue;
    const correlation = compare(planned, tensor);
    if (correlation >= LEAST_CORRELATION && correlation > (best?.correlation ?? 0)) {
      best = { planned, suspect: tensor, by: "content", correlation };
    }
  }
  return best;
}

function fits({ dims }: PlannedTensor, tensor: TensorEntry): boolean {
  return (
    isReal(tensor.type) &&
    tensor.dims.length === dims.length &&
    tensor.dims.every((dim, i) => dim === dims[i])
  );
}

/** Correlation of suspect tensors with planned ones; samples are kept, since content is compared all with all. */
function comparison(suspect: OnnxModel, reference: OnnxModel): Compare {
  const originals = new Map(reference.tensors.map((tensor) => [tensor.id, tensor]));
  const [ours, theirs] = [new Map<string, Float32Array>(), new Map<string, Float32Array>()];
  return (planned, tensor) => {
    const original = originals.get(planned.tensors[0] ?? "");
    if (original === undefined) return 0;
    const a = ours.get(original.id) ?? sampled(reference, original);
    const b = theirs.get(tensor.id) ?? sampled(suspect, tensor);
    ours.set(original.id, a);
    theirs.set(tensor.id, b);
    return pearson(a, b);
  };
}

function sampled(model: OnnxModel, tensor: TensorEntry): Float32Array {
  const total = elementCount(tensor.dims);
  if (total <= COMPARED) return readFloats(model, tensor);
  const length = COMPARED / COMPARED_BLOCKS;
  const sample = new Float32Array(COMPARED);
  for (let block = 0; block < COMPARED_BLOCKS; block++) {
    const start = Math.floor(((total - length) * block) / (COMPARED_BLOCKS - 1));
    sample.set(readFloats(model, tensor, start, length), block * length);
  }
  return sample;
}

/** Pearson's correlation; 0 where it is undefined or not finite. */
export function pearson(a: Float32Array | Float64Array, b: Float32Array | Float64Array): number {
  let [sa, sb, aa, bb, ab] = [0, 0, 0, 0, 0];
  const n = Math.min(a.length, b.length);
  for (let i = 0; i < n; i++) {
    const [x, y] = [a[i] ?? 0, b[i] ?? 0];
    sa += x;
    sb += y;
    aa += x * x;
    bb += y * y;
    ab += x * y;
  }
  const value = (ab - (sa * sb) / n) / Math.sqrt((aa - (sa * sa) / n) * (bb - (sb * sb) / n));
  return Number.isFinite(value) ? value : 0;
}
