import type { AnswerTable } from "./answer-residual.js";
import { type Correction, lnCorrection } from "./correction.js";
import { probabilities } from "./scores.js";

/** How far answers and reference settle which class a suspect means, where whoever asks it has said so. */
export interface ClassOrder {
  /** Classes that an answer could have been taken for. */
  readonly classes: number;
  /** Classes that the suspect ever named. */
  readonly named: number;
  /** Those of them for which its answers alone would not have told the class that they were taken for. */
  readonly unsettled: number;
}

/** What the order of classes is measured on. */
export type OrderedAnswers = Pick<
  AnswerTable,
  "classes" | "reference" | "link" | "vectors" | "labels" | "probes"
>;

/**
 * Which classes are settled without any key: a name goes with the class of the reference that it correlates with most
 * over the first `count` probes, where no other name correlates more with that class. What a name goes with is the same
 * in whatever order the classes were put.
 */
export function classOrder(table: OrderedAnswers, count: number): ClassOrder {
  const { theirs, ours } = columnsOf(table, count);
  const used = [...theirs.keys()].filter((c) => theirs[c] !== null);
  const likeness = theirs.map((own) => ours.map((other) => (own === null ? 0 : product(own, other))));
  const settled = used.filter((c) => {
    const own = likeness[c]?.[c] ?? 0;
    const rivals = [...ours.keys()].filter((other) => other !== c);
    return (
      own > 0 &&
      rivals.every((other) => (likeness[c]?.[other] ?? 0) < own && (likeness[other]?.[c] ?? 0) < own)
    );
  });
  return { classes: ours.length, named: used.length, unsettled: used.length - settled.length };
}

/**
 * What the order of classes pays. Of all orders that a key could have been tried with, at most C(v, u) c! / (c - u)! leave
 * u of v named classes unsettled among c; sum over u of 1/((u+1)(u+2)) is at most 1.
 */
export function classOrderCorrection({ classes, named, unsettled }: ClassOrder): Correction {
  let ln = Math.log(unsettled + 1) + Math.log(unsettled + 2);
  for (let i = 0; i < unsettled; i++)
    ln += Math.log(Math.max(1, named - i)) - Math.log(i + 1) + Math.log(Math.max(1, classes - i));
  return lnCorrection("order of the classes", ln);
}

/** A column for each class over the probes, centred and of length 1; null for a class that the suspect never named. */
function columnsOf(
  table: OrderedAnswers,
  count: number,
): { readonly theirs: (Float64Array | null)[]; readonly ours: Float64Array[] } {
  const { classes: m, labels } = table;
  // A lone sigmoid has one number and two labels.
  const width = labels !== null && m === 1 ? 2 : m;
  const theirs = Array.from({ length: width }, () => new Float64Array(count));
  const ours = Array.from({ length: width }, () => new Float64Array(count));
  const named = new Set<number>();
  for (let i = 0; i < count; i++) {
    const beliefs = beliefsOf(table, i, width);
    const answers = answersOf(table, i);
    for (let c = 0; c < width; c++) {
      const column = ours[c];
      if (column !== undefined) column[i] = beliefs[c] ?? 0;
    }
    for (const [c, value] of answers) {
      named.add(c);
      const column = theirs[c];
      if (column !== undefined) column[i] = value;
    }
  }
  return {
    theirs: theirs.map((column, c) => (named.has(c) ? unit(column) : null)),
    ours: ours.map(unit),
  };
}

/** The reference's probabilities of all classes, or of both labels of a lone sigmoid. */
function beliefsOf(table: OrderedAnswers, probe: number, width: number): ArrayLike<number> {
  const own = probabilities(table, probe);
  return width === own.length ? own : [1 - (own[0] ?? 0), own[0] ?? 0];
}

/** What the suspect said of each class that it named. */
function answersOf({ classes: m, link, vectors, labels }: OrderedAnswers, probe: number): [number, number][] {
  if (vectors === null) {
    const label = labels?.[probe] ?? -1;
    return label < 0 ? [] : [[label, 1]];
  }
  const row = vectors.values.subarray(probe * m, (probe + 1) * m);
  const shown = [...row.entries()].filter(([, value]) => Number.isFinite(value));
  if (vectors.scale === "probabilities" || shown.length === 0) return shown;
  const reference = Float64Array.from(shown, ([, value]) => value);
  const scaled = probabilities({ classes: shown.length, reference, link }, 0);
  return shown.map(([c], i) => [c, scaled[i] ?? 0]);
}

function unit(column: Float64Array): Float64Array {
  const mean = column.reduce((sum, value) => sum + value, 0) / Math.max(1, column.length);
  const centred = column.map((value) => value - mean);
  const length = Math.sqrt(product(centred, centred));
  return length > 0 ? centred.map((value) => value / length) : centred;
}

function product(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}
