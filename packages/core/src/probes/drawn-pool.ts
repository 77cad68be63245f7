import { canonicalBytes, sha256Hex } from "@indicia/evidence/canonical";
import type { PlanFollowed } from "@indicia/evidence/formats";
import { int32Bytes } from "@indicia/evidence/numbers";
import { PLANNED_FILES } from "@indicia/evidence/planned-observation";
import { gatherRows } from "@indicia/onnx/tensor";
import type { InputRows } from "../registration.js";
import type { Askable } from "./pool.js";

/** What a plan and its beacon leave of the registered pool. */
export interface Draw {
  readonly followed: PlanFollowed;
  /** Rows of the pool, in the order that breaks ties. */
  readonly rows: readonly number[];
  /** Public label of whatever else is left to chance. */
  readonly label: string;
}

/** The drawn rows as a pool of their own, in the order of the draw. */
export function drawnPool(pool: InputRows, { rows, label }: Draw): InputRows {
  const tensors = Object.entries(pool.tensors).map(
    ([name, tensor]) => [name, gatherRows(tensor, rows)] as const,
  );
  return {
    rows: rows.length,
    tensors: Object.fromEntries(tensors),
    sha256: sha256Hex(canonicalBytes({ pool: pool.sha256, label })),
    random: pool.random,
  };
}

/** Files that say which rows of the registered pool were asked. */
export function drawnFiles(
  { rows }: Draw,
  asked: {
    readonly probes: Pick<Askable, "parents">;
    readonly count: number;
    /** What was asked besides the probes; null where it was the first of them. */
    readonly learning: Pick<Askable, "parents" | "count"> | null;
  },
): Map<string, Uint8Array> {
  const poolRow = (row: number): number => rows[row] ?? -1;
  const { probes, count, learning } = asked;
  const besides = (learning?.parents ?? [])
    .slice(0, 2 * (learning?.count ?? 0))
    .filter((_, i) => i % 2 === 0);
  return new Map([
    [PLANNED_FILES.probes, int32Bytes(Int32Array.from(probes.parents.slice(0, 2 * count), poolRow))],
    [PLANNED_FILES.learning, int32Bytes(Int32Array.from(besides, poolRow))],
  ]);
}
