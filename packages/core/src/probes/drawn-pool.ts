import { canonicalBytes, sha256Hex } from "@indicia/evidence/canonical";
import type { PlanFollowed } from "@indicia/evidence/observation-format";
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
  given: {
    readonly probes: Pick<Askable, "parents" | "firstNumber">;
    readonly asked: number;
    readonly learning: Pick<Askable, "parents" | "firstNumber">;
    readonly learnt: number;
  },
): Map<string, Uint8Array> {
  const { probes, asked, learning, learnt } = given;
  // What was learnt from may have been the first of the probes; else it was asked besides.
  const besides = learning.firstNumber === probes.firstNumber ? 0 : learnt;
  const learningRows = learning.parents.slice(0, 2 * besides).filter((_, i) => i % 2 === 0);
  const registered = (parents: readonly number[]): Uint8Array =>
    int32Bytes(Int32Array.from(parents, (row) => rows[row] ?? -1));
  return new Map([
    [PLANNED_FILES.probes, registered(probes.parents.slice(0, 2 * asked))],
    [PLANNED_FILES.learning, registered(learningRows)],
  ]);
}
