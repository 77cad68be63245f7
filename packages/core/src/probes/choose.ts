import { sha256Hex } from "@indicia/evidence/canonical";
import { gatherRows, sliceRows, type Tensor } from "@indicia/onnx/tensor";
import type { LearnedAccess } from "../answer-kind.js";
import { float64Bytes } from "@indicia/evidence/numbers";
import { coordinates } from "../marks/readout/basis.js";
import type { FeatureReader } from "../marks/readout/features.js";
import type { InputRows, Registration } from "../registration.js";
import { rowSpace } from "./blend.js";
import { type BoundaryProbe, boundaryProbes } from "./boundary.js";
import { publicRandom } from "./prng.js";
import { mostUncertain } from "./uncertain.js";

/** Answers coarser than this leave most of a tilt unseen unless the probe stands on a boundary. */
const COARSE_DECIMALS = 4;

/** Boundary probes are numbered from here, far above any pool. */
const FIRST_BOUNDARY_PROBE = 1_000_000_000;

/** Probes in the order in which they are asked, with what the reference says of them. */
export interface ProbeSet {
  readonly rule: "most-uncertain" | "boundary";
  readonly count: number;
  /** Number of the first probe in the transcript: the two rules number theirs apart. */
  readonly firstNumber: number;
  /** Penultimate features, row-major [n, d]. */
  readonly features: Float64Array;
  /** Logits of the reference, row-major [n, m]. */
  readonly logits: Float64Array;
  readonly notes: readonly string[];
  inputs(indices: readonly number[]): Record<string, Tensor>;
  /** Hash of the first n probes, in their order. */
  sha256(count: number): string;
}

export interface ProbeRequest {
  readonly registration: Registration;
  readonly pool: InputRows;
  readonly budget: number;
  readonly onProgress?: (stage: string, done: number, total: number) => void;
}

/** The pool as probes, and what the reference says of it in its own order. */
export interface ReadPool {
  readonly probes: ProbeSet;
  readonly logits: Float64Array;
}

/** Number of the first probe of a rule, by which transcripts name them. */
export function firstProbeNumber(rule: ProbeSet["rule"]): number {
  return rule === "boundary" ? FIRST_BOUNDARY_PROBE : 0;
}

/** The pool in the order in which the reference is least sure of it. */
export async function uncertainProbes(request: ProbeRequest, reader: FeatureReader): Promise<ReadPool> {
  const { pool } = request;
  const { features: d, classes: m, link } = shapeOf(request.registration);
  const { features, logits } = await readInParts(request, reader);
  const order = mostUncertain(logits, pool.rows, m, link);
  const space = rowSpace(pool.tensors);
  const probes: ProbeSet = {
    rule: "most-uncertain",
    firstNumber: firstProbeNumber("most-uncertain"),
    count: pool.rows,
    features: gather(features, order, d),
    logits: gather(logits, order, m),
    notes: [],
    inputs: (indices) =>
      mapTensors(pool.tensors, (tensor) =>
        gatherRows(
          tensor,
          indices.map((i) => order[i] ?? 0),
        ),
      ),
    sha256: (count) => sha256Hex(float64Bytes(join(order.slice(0, count).map((row) => space.row(row))))),
  };
  return { probes, logits };
}

/**
 * The probes to ask, by what the suspect was seen to answer: a choice that no key takes part in.
 *
 * @param uncertain all pool rows, from {@link uncertainProbes}
 */
export async function chooseProbes(
  request: ProbeRequest,
  reader: FeatureReader,
  uncertain: ReadPool,
  learned: LearnedAccess,
): Promise<ProbeSet> {
  const coarse = learned.decimals !== null && learned.decimals <= COARSE_DECIMALS;
  if (learned.access !== "labels" && !coarse) return uncertain.probes;
  const { features: d, classes: m, link } = shapeOf(request.registration);
  const space = rowSpace(request.pool.tensors);
  const found = await boundaryProbes(
    {
      space,
      poolRows: request.pool.rows,
      poolLogits: uncertain.logits,
      features: d,
      classes: m,
      link,
      random: publicRandom(`indicia/1/boundary/${request.registration.commitment}`),
      evaluate: (tensors, rows) => reader.read({ rows, tensors }),
      ...(request.onProgress === undefined
        ? {}
        : {
            onProgress: (done: number, total: number) =>
              request.onProgress?.("searching the boundary", done, total),
          }),
    },
    request.budget,
  );
  if (found.length < 2) {
    return {
      ...uncertain.probes,
      notes: ["the reference gives the whole pool one label, so there is no boundary to ask on"],
    };
  }
  const chosen = byLeverage(found, request.registration, request.budget);
  return {
    rule: "boundary",
    firstNumber: firstProbeNumber("boundary"),
    count: chosen.length,
    features: join(chosen.map(({ features }) => features)),
    logits: join(chosen.map(({ logits }) => logits)),
    notes: [],
    inputs: (indices) => space.tensors(indices.map((i) => chosen[i]?.row ?? new Float64Array(space.width))),
    sha256: (count) => sha256Hex(float64Bytes(join(chosen.slice(0, count).map(({ row }) => row)))),
  };
}

/** Nearest to the boundary for how strongly the key would move it: |margin| / ||phi||, smallest first. */
function byLeverage(
  found: readonly BoundaryProbe[],
  registration: Registration,
  count: number,
): BoundaryProbe[] {
  const { basis } = registration;
  if (basis === null) return found.slice(0, count);
  const scored = found.map((probe) => {
    let norm = 0;
    for (const x of coordinates(basis, probe.features, 1)) norm += x * x;
    return { probe, score: probe.margin / Math.sqrt(norm || 1) };
  });
  return scored
    .sort((a, b) => a.score - b.score)
    .slice(0, count)
    .map(({ probe }) => probe);
}

/** Rows of the pool given to the reference at a time, so that progress is seen. */
const READ_ROWS = 256;

async function readInParts(
  { registration, pool, onProgress }: ProbeRequest,
  reader: FeatureReader,
): Promise<{ features: Float64Array; logits: Float64Array }> {
  const { features: d, classes: m } = shapeOf(registration);
  const features = new Float64Array(pool.rows * d);
  const logits = new Float64Array(pool.rows * m);
  for (let from = 0; from < pool.rows; from += READ_ROWS) {
    const to = Math.min(from + READ_ROWS, pool.rows);
    const read = await reader.read({
      rows: to - from,
      tensors: mapTensors(pool.tensors, (t) => sliceRows(t, from, to)),
    });
    features.set(read.features, from * d);
    logits.set(read.logits, from * m);
    onProgress?.("reading the pool", to, pool.rows);
  }
  return { features, logits };
}

function shapeOf(registration: Registration): {
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

function join(parts: readonly Float64Array[]): Float64Array {
  const out = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const each of parts) {
    out.set(each, offset);
    offset += each.length;
  }
  return out;
}
