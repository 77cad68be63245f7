import type { ProbeRule } from "@indicia/proof/answer-residual";
import { decision } from "@indicia/proof/scores";
import { boundarySet } from "./boundary-set.js";
import {
  type Askable,
  type ModelReaders,
  poolInputs,
  poolProbes,
  type ProbeRequest,
  type ProbeSet,
  type ReadPool,
  shapeOf,
} from "./pool.js";
import { tellingRows } from "./telling.js";
import { mostSpread, mostUncertain } from "./uncertain.js";

/** Probes by which it is learnt what kind of answers a suspect gives. */
export const LEARNING_PROBES = 16;
/** With shadow models, probes by which it is also learnt whether it is a copy or a student. */
const TELLING_PROBES = 24;
/** Largest share of pool and of budget that goes into telling. */
const TELLING_SHARE = 0.25;
/** Number of the first learning probe in a transcript, with shadow models. */
export const FIRST_TELLING = 2_000_000_000;

/** What is asked first, to learn how a suspect answers. */
export interface LearningSet extends Askable {
  /** Rows of the pool that are not asked again under another number. */
  readonly rows: readonly number[];
  /** Labels of the reference, where they decide on the probes to follow; else null. */
  readonly labels: Int32Array | null;
}

/**
 * The first probes: with shadow models those that tell copies from students, else the first of the most uncertain,
 * which are then asked already. A round that was lost to an interruption is followed by another, of rows not asked yet.
 *
 * @param rounds that there were; each but the last was lost
 */
export function learningProbes(request: ProbeRequest, read: ReadPool, rounds = 1): LearningSet {
  const { registration, pool, budget } = request;
  const shape = shapeOf(registration);
  if (read.shadows.length === 0) {
    const first = uncertainSet(request, read, []);
    const count = Math.min(rounds * LEARNING_PROBES, budget, first.count);
    return { ...first, rows: [], labels: null, count };
  }
  const most = Math.floor(TELLING_SHARE * Math.min(pool.rows, budget));
  const rows = tellingRows(read, pool.rows, shape, Math.max(1, Math.min(rounds * TELLING_PROBES, most)));
  return {
    firstNumber: FIRST_TELLING,
    count: rows.length,
    parents: rows.flatMap((row) => [row, row]),
    rows,
    labels: Int32Array.from(rows, (row) => decision(read.logits, row, shape.classes)),
    inputs: (indices) => poolInputs(pool, rows, indices),
  };
}

/** The probes of a rule, a choice that no key takes part in; without a boundary those on which the reference is unsure. */
export async function probesBy(
  rule: ProbeRule,
  request: ProbeRequest,
  given: { readonly readers: ModelReaders; readonly read: ReadPool; readonly learning: LearningSet },
): Promise<ProbeSet> {
  const { readers, read, learning } = given;
  if (rule === "most-spread") {
    const { classes, link } = shapeOf(request.registration);
    return poolProbes(request, read, rule, without(mostSpread(read.logits, classes, link), learning.rows));
  }
  const uncertain = uncertainSet(request, read, learning.rows);
  if (rule === "most-uncertain") return uncertain;
  const boundary = await boundarySet(request, readers, read);
  if (boundary !== null) return boundary;
  return {
    ...uncertain,
    notes: ["the reference gives the whole pool one label, so there is no boundary to ask on"],
  };
}

/** The pool in the order in which the reference is least sure of it. */
function uncertainSet(request: ProbeRequest, read: ReadPool, spent: readonly number[]): ProbeSet {
  const { classes, link } = shapeOf(request.registration);
  const order = mostUncertain(read.logits, request.pool.rows, classes, link);
  return poolProbes(request, read, "most-uncertain", without(order, spent));
}

/** Rounds of learning with shadow models, by how many rows were asked in them. */
export function tellingRounds(rows: number): number {
  return Math.max(1, Math.ceil(rows / TELLING_PROBES));
}

function without(order: readonly number[], spent: readonly number[]): readonly number[] {
  const left = new Set(spent);
  return order.filter((row) => !left.has(row));
}
