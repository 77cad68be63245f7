import { probabilities } from "@indicia/proof/scores";
import type { Tensor } from "@indicia/onnx/tensor";
import { CoreError } from "./error.js";
import { openFeatures } from "./marks/readout/features.js";
import { poolInputs, shapeOf } from "./probes/pool.js";
import type { InputRows, Registration } from "./registration.js";

/** Rows of the pool that the reference is asked about, and of them at most so many the suspect. */
const MAX_READ = 4096;
const LEAST_ASKED = 64;
const MOST_ASKED = 512;
/** Rows per class: one alone may be the exception. */
const ROWS_PER_CLASS = 4;
/** Rows given to the suspect at a time. */
const ASK_ROWS = 64;

/** What a suspect said of one row by name: scores, the name of one class, or nothing. */
export type NamedAnswer = ReadonlyMap<string, number> | string | null;

export interface NamingRequest {
  readonly registration: Registration;
  readonly referencePath: string;
  readonly pool: InputRows;
  /** @returns one answer per row */
  readonly ask: (inputs: Readonly<Record<string, Tensor>>, rows: number) => Promise<readonly NamedAnswer[]>;
  /** Why answers were lost, where any were; null where none was. */
  readonly whyLost?: () => string | null;
}

/** Names in the order of the reference's classes. */
export interface NamedClasses {
  /** A class that the suspect never named has a name that it does not use. */
  readonly classes: readonly string[];
  readonly unnamed: number;
  readonly asked: number;
}

/**
 * Find out, without any key, which class of the reference each of a suspect's names means: ask rows of the pool, as many
 * of each class as there are, and give each name the class that it goes with best. What the order may have gained is paid
 * for by whoever examines (see `classOrder`), however it was found.
 *
 * @throws CoreError NO_READOUT, ANSWERS_UNUSABLE where nothing was named; and what asking throws
 */
export async function nameClasses(request: NamingRequest): Promise<NamedClasses> {
  const { registration, pool, ask } = request;
  const logits = await referenceLogits(request);
  const shape = shapeOf(registration);
  const beliefs = beliefsOf(logits, shape);
  const order = spreadRows(beliefs);
  const named: NamedAnswer[] = [];
  for (let from = 0; from < order.length; from += ASK_ROWS) {
    const indices = order.slice(from, from + ASK_ROWS).map((_, i) => from + i);
    named.push(...(await ask(poolInputs(pool, order, indices), indices.length)));
  }
  const aligned = alignNames(
    named,
    order.map((row) => beliefs[row] ?? new Float64Array(0)),
  );
  if (aligned === null) {
    throw new CoreError(
      "ANSWERS_UNUSABLE",
      `the suspect named no class in ${order.length} answers: ${request.whyLost?.() ?? "they hold no names"}`,
      "Test the connection, and see whether it answers at all and by name.",
    );
  }
  // Scores of both sides of a lone sigmoid are one score.
  const scored = named.some((answer) => answer !== null && typeof answer !== "string");
  const classes = shape.classes === 1 && scored ? aligned.slice(1) : aligned;
  const seen = new Set(namesOf(named));
  return { classes, unnamed: classes.filter((name) => !seen.has(name)).length, asked: order.length };
}

async function referenceLogits({ registration, referencePath, pool }: NamingRequest): Promise<Float64Array> {
  const { readout } = registration.file;
  if ("refusal" in readout) {
    throw new CoreError(
      "NO_READOUT",
      `answers carry no mark of this model: ${readout.refusal}`,
      "Only its weight mark can be examined: give the suspect's .onnx file.",
    );
  }
  const reference = await openFeatures(referencePath, readout);
  try {
    const rows = Math.min(MAX_READ, pool.rows);
    const indices = Array.from({ length: rows }, (_, i) => i);
    const { logits } = await reference.read({ rows, tensors: poolInputs(pool, indices, indices) });
    return logits;
  } finally {
    await reference.close();
  }
}

/** Rows in turn for each class: those that the reference takes for it most surely, none of them twice. */
function spreadRows(beliefs: readonly Float64Array[]): number[] {
  const width = beliefs[0]?.length ?? 0;
  const most = Math.min(beliefs.length, MOST_ASKED, Math.max(LEAST_ASKED, ROWS_PER_CLASS * width));
  const open = Array.from({ length: width }, (_, c) =>
    [...beliefs.keys()].sort((a, b) => (beliefs[a]?.[c] ?? 0) - (beliefs[b]?.[c] ?? 0) || b - a),
  );
  const chosen = new Set<number>();
  for (let c = 0; chosen.size < most; c = (c + 1) % width) {
    let row = open[c]?.pop();
    while (row !== undefined && chosen.has(row)) row = open[c]?.pop();
    if (row !== undefined) chosen.add(row);
  }
  return [...chosen];
}

/** Probabilities of the reference, one row each; of a lone sigmoid those of both labels. */
function beliefsOf(logits: Float64Array, { classes, link }: ReturnType<typeof shapeOf>): Float64Array[] {
  return Array.from({ length: logits.length / classes }, (_, row) => {
    const own = probabilities({ classes, reference: logits, link }, row);
    return classes === 1 ? Float64Array.of(1 - (own[0] ?? 0), own[0] ?? 0) : own;
  });
}

/**
 * Each name to the class with which it correlates best over the rows, the surest first; none to a class that it speaks
 * against.
 *
 * @param beliefs the reference's probabilities, one row each; two for a lone sigmoid
 * @returns as many names as the reference has classes; null where nothing was named
 */
export function alignNames(
  named: readonly NamedAnswer[],
  beliefs: readonly Float64Array[],
): readonly string[] | null {
  const names = [...new Set(namesOf(named))];
  const width = beliefs[0]?.length ?? 0;
  if (names.length === 0) return null;
  const theirs = names.map((name) => unit(named.map((answer) => scoreOf(answer, name))));
  const ours = Array.from({ length: width }, (_, c) => unit(beliefs.map((row) => row[c] ?? 0)));
  const pairs = theirs
    .flatMap((own, name) => ours.map((other, c) => ({ name, c, likeness: product(own, other) })))
    .sort((a, b) => b.likeness - a.likeness || a.name - b.name || a.c - b.c);
  const classes: (string | null)[] = Array.from({ length: width }, () => null);
  const given = new Set<number>();
  for (const { name, c, likeness } of pairs) {
    if (likeness <= 0 || given.has(name) || classes[c] !== null) continue;
    classes[c] = names[name] ?? null;
    given.add(name);
  }
  return classes.map((name, c) => name ?? unusedName(c, names));
}

function namesOf(named: readonly NamedAnswer[]): string[] {
  return named.flatMap((answer) =>
    answer === null ? [] : typeof answer === "string" ? [answer] : [...answer.keys()],
  );
}

/** A class that is not shown was kept back, and is most likely small. */
function scoreOf(answer: NamedAnswer, name: string): number {
  if (answer === null || typeof answer === "string") return answer === name ? 1 : 0;
  const score = answer.get(name) ?? 0;
  return Number.isFinite(score) ? score : 0;
}

function unusedName(c: number, names: readonly string[]): string {
  let name = `(class ${c})`;
  while (names.includes(name)) name = `(${name})`;
  return name;
}

/** Centred and of length 1; all zeros where every value is the same. */
function unit(column: readonly number[]): Float64Array {
  const mean = column.reduce((sum, value) => sum + value, 0) / Math.max(1, column.length);
  const centred = Float64Array.from(column, (value) => value - mean);
  const length = Math.sqrt(product(centred, centred));
  return length > 1e-12 ? centred.map((value) => value / length) : new Float64Array(column.length);
}

function product(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}
