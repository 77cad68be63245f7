import { createHash } from "node:crypto";
import { float64Bytes } from "@indicia/evidence/numbers";
import type { ProbeRule } from "@indicia/proof/answer-residual";
import { gatherRows, sliceRows, type Tensor } from "@indicia/onnx/tensor";
import type { FeatureReader } from "../marks/readout/features.js";
import type { InputRows, Registration } from "../registration.js";
import type { ShadowReader } from "../shadow-models.js";
import { rowSpace } from "./blend.js";
import type { Draw } from "./drawn-pool.js";

/** Numbers by which transcripts name the first probe of each rule; the rules number theirs apart. */
const FIRST_NUMBERS: Readonly<Record<ProbeRule, number>> = {
  "most-uncertain": 0,
  // Far above any pool.
  boundary: 1_000_000_000,
  "most-spread": 3_000_000_000,
};

/** Rows to ask, in order. */
export interface Askable {
  readonly count: number;
  /** Number of the first row in the transcript. */
  readonly firstNumber: number;
  /** The two rows of the pool that each is made of, [n, 2]; the same one twice where it is that row. */
  readonly parents: readonly number[];
  inputs(indices: readonly number[]): Record<string, Tensor>;
}

/** Probes in the order in which they are asked, with what the reference and the shadows say of them. */
export interface ProbeSet extends Askable {
  readonly rule: ProbeRule;
  /** Penultimate features, row-major [n, d]. */
  readonly features: Float64Array;
  /** Logits of the reference, row-major [n, m]. */
  readonly logits: Float64Array;
  /** Logits of each shadow, row-major [n, m]. */
  readonly shadows: readonly Float64Array[];
  readonly notes: readonly string[];
  /** Hash of the first n probes, in their order. */
  sha256(count: number): string;
}

export interface ProbeRequest {
  readonly registration: Registration;
  readonly pool: InputRows;
  /** Where a plan drew the pool from the registered one: label of what else is left to chance. */
  readonly draw?: Pick<Draw, "label">;
  readonly budget: number;
  readonly onProgress?: (stage: string, done: number, total: number) => void;
}

/** Whoever can be asked without a suspect. */
export interface ModelReaders {
  readonly reference: FeatureReader;
  /** Null where no shadows are registered. */
  readonly shadows: ShadowReader | null;
}

/** What reference and shadows say of the pool, in its own order. */
export type ReadPool = Pick<ProbeSet, "features" | "logits" | "shadows">;

/** Number of the first probe of a rule, by which transcripts name them. */
export function firstProbeNumber(rule: ProbeRule): number {
  return FIRST_NUMBERS[rule];
}

/** Rows given to the models at a time, so that progress is seen. */
const READ_ROWS = 256;

/** Ask reference and shadows for the whole pool. */
export async function readPool(
  { registration, pool, onProgress }: ProbeRequest,
  readers: ModelReaders,
): Promise<ReadPool> {
  const { features: d, classes: m } = shapeOf(registration);
  const features = new Float64Array(pool.rows * d);
  const logits = new Float64Array(pool.rows * m);
  const shadows = registration.file.shadows.map(() => new Float64Array(pool.rows * m));
  for (let from = 0; from < pool.rows; from += READ_ROWS) {
    const to = Math.min(from + READ_ROWS, pool.rows);
    const part = {
      rows: to - from,
      tensors: mapTensors(pool.tensors, (t) => sliceRows(t, from, to)),
    };
    const read = await readers.reference.read(part);
    features.set(read.features, from * d);
    logits.set(read.logits, from * m);
    const theirs = (await readers.shadows?.read(part)) ?? [];
    for (const [j, each] of theirs.entries()) shadows[j]?.set(each, from * m);
    onProgress?.("reading the pool", to, pool.rows);
  }
  return { features, logits, shadows };
}

/** Rows of the pool as probes, in the order given. */
export function poolProbes(
  { registration, pool }: ProbeRequest,
  read: ReadPool,
  rule: ProbeRule,
  order: readonly number[],
): ProbeSet {
  const { features: d, classes: m } = shapeOf(registration);
  const space = rowSpace(pool.tensors);
  return {
    rule,
    firstNumber: firstProbeNumber(rule),
    count: order.length,
    parents: order.flatMap((row) => [row, row]),
    features: gather(read.features, order, d),
    logits: gather(read.logits, order, m),
    shadows: read.shadows.map((logits) => gather(logits, order, m)),
    notes: [],
    inputs: (indices) => poolInputs(pool, order, indices),
    sha256: prefixHash(order, (row) => float64Bytes(space.row(row))),
  };
}

/** SHA-256 of the first rows of an order, hex; what one look has hashed, the next one does not hash again. */
function prefixHash(
  order: readonly number[],
  bytesOf: (row: number) => Uint8Array,
): (count: number) => string {
  let hash = createHash("sha256");
  let hashed = 0;
  return (count) => {
    if (count < hashed) {
      hash = createHash("sha256");
      hashed = 0;
    }
    for (const row of order.slice(hashed, count)) hash.update(bytesOf(row));
    hashed = Math.max(hashed, Math.min(count, order.length));
    return hash.copy().digest("hex");
  };
}

/** Inputs of some of the rows of an order. */
export function poolInputs(
  pool: InputRows,
  order: readonly number[],
  indices: readonly number[],
): Record<string, Tensor> {
  return mapTensors(pool.tensors, (tensor) =>
    gatherRows(
      tensor,
      indices.map((i) => order[i] ?? 0),
    ),
  );
}

/** d, m and link of the registered read-out. */
export function shapeOf(registration: Registration): {
  features: number;
  classes: number;
  link: "softmax" | "sigmoid";
} {
  const { readout } = registration.file;
  if ("refusal" in readout) throw new TypeError("a read-out was checked for before choosing probes");
  return {
    features: readout.features,
    classes: readout.classes,
    link: readout.tail === "sigmoid" ? "sigmoid" : "softmax",
  };
}

function mapTensors(
  tensors: Readonly<Record<string, Tensor>>,
  change: (tensor: Tensor) => Tensor,
): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, change(tensor)]));
}

function gather(rows: Float64Array, order: readonly number[], width: number): Float64Array {
  return join(order.map((row) => rows.subarray(row * width, (row + 1) * width)));
}

/** One array after another. */
export function join(parts: readonly Float64Array[]): Float64Array {
  const out = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const each of parts) {
    out.set(each, offset);
    offset += each.length;
  }
  return out;
}
