import { sha256Hex } from "@indicia/evidence/canonical";
import { float64Bytes } from "@indicia/evidence/numbers";
import { coordinates } from "../marks/readout/basis.js";
import type { Registration } from "../registration.js";
import { rowSpace } from "./blend.js";
import { type BoundaryProbe, boundaryProbes } from "./boundary.js";
import {
  firstProbeNumber,
  join,
  type ModelReaders,
  type ProbeRequest,
  type ProbeSet,
  type ReadPool,
  shapeOf,
} from "./pool.js";
import { publicRandom } from "./prng.js";

/** Probes on the reference's own boundary, or null where it gives the whole pool one label. */
export async function boundarySet(
  request: ProbeRequest,
  readers: ModelReaders,
  read: ReadPool,
): Promise<ProbeSet | null> {
  const { registration, pool, draw, budget, onProgress } = request;
  const { features: d, classes: m, link } = shapeOf(registration);
  const space = rowSpace(pool.tensors);
  const found = await boundaryProbes(
    {
      space,
      poolRows: pool.rows,
      poolLogits: read.logits,
      features: d,
      classes: m,
      link,
      random: publicRandom(`indicia/1/boundary/${draw?.label ?? registration.commitment}`),
      evaluate: (tensors, rows) => readers.reference.read({ rows, tensors }),
      ...(onProgress === undefined
        ? {}
        : { onProgress: (done: number, total: number) => onProgress("searching the boundary", done, total) }),
    },
    budget,
  );
  if (found.length < 2) return null;
  const chosen = byLeverage(found, registration, budget);
  const tensors = space.tensors(chosen.map(({ row }) => row));
  return {
    rule: "boundary",
    firstNumber: firstProbeNumber("boundary"),
    count: chosen.length,
    parents: chosen.flatMap(({ parents }) => [...parents]),
    features: join(chosen.map(({ features }) => features)),
    logits: join(chosen.map(({ logits }) => logits)),
    shadows: (await readers.shadows?.read({ rows: chosen.length, tensors })) ?? [],
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
