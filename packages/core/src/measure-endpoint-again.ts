import type { ObservationFile, SealedResidual } from "@indicia/evidence/observation-format";
import { measureAnswers } from "@indicia/evidence/measure-answers";
import { SHADOW_FILES } from "@indicia/evidence/measure-shadows";
import { int16Values, int32Values } from "@indicia/evidence/numbers";
import { probeRule } from "@indicia/evidence/probe-rule";
import type { AnswerTable, ProbeRule } from "@indicia/proof/answer-residual";
import { coordinates } from "./marks/readout/basis.js";
import { heldRequests, type RecordedRequests } from "./held-requests.js";
import { sealedAnswers } from "./sealed-answers.js";
import { type EndpointRequest, openReaders } from "./observe-endpoint.js";
import { learningProbes, probesBy, tellingRounds } from "./probes/choose.js";
import { drawnPool } from "./probes/drawn-pool.js";
import { readPool, shapeOf } from "./probes/pool.js";

/**
 * How far a residual of length 1 may lie from the sealed one. Runtimes differ in the last digits, and a student's residual
 * is far above them; that of the reference itself is nothing else, and proves nothing.
 */
const RESIDUAL_DISTANCE = 1e-3;

export interface MeasuringAgain
  extends Pick<EndpointRequest, "registration" | "referencePath" | "pool" | "draw" | "shadows" | "budget"> {
  readonly sealed: {
    readonly file: ObservationFile;
    readonly files: { get(name: string): Uint8Array | undefined };
  };
  /** What was asked, to be held against the probes; absent where nobody knows how the requests came to be. */
  readonly requests?: RecordedRequests;
}

/**
 * What came of measuring again: how many residuals are as sealed and how many requests hold their probes, what is not so,
 * or why nothing could be said.
 */
export type MeasuredAgain =
  | { readonly equal: number; readonly held?: number }
  | { readonly asked: string }
  | { readonly differs: string }
  | { readonly unknown: string };

/**
 * Choose the probes of an observation again and ask reference and shadow models anew, with no word of whoever observed but
 * what the suspect answered. A transcript may be honest and still be held against coordinates, a reference or shadows
 * that were made to fit the key.
 *
 * @throws CoreError as `observeEndpoint` does where registration, reference and shadow models do not fit
 */
export async function measureEndpointAgain(asked: MeasuringAgain): Promise<MeasuredAgain> {
  const given = asked.draw === undefined ? asked : { ...asked, pool: drawnPool(asked.pool, asked.draw) };
  const { file } = given.sealed;
  if (file.probes === null) return { unknown: "the suspect was not asked" };
  const readers = await openReaders(given);
  try {
    const read = await readPool(given, readers);
    const labels = int32Values(given.sealed.files.get(SHADOW_FILES.choice) ?? new Uint8Array(0));
    const learning = learningProbes(given, read, tellingRounds(labels.length / 2));
    const { asked: count } = file.probes;
    const rule = dueRule(file) ?? file.probes.rule;
    const probes = await probesBy(rule, given, { readers, read, learning });
    if (probes.rule !== file.probes.rule)
      return { differs: `${probes.rule} probes are due, not ${file.probes.rule} ones` };
    if (probes.count < count || probes.sha256(count) !== file.probes.sha256) {
      return rule === "boundary"
        ? { unknown: "this machine finds the reference's boundary elsewhere, in the last digits" }
        : { differs: "other probes follow from the registration than were asked" };
    }
    if (learning.labels?.some((label, i) => label !== labels[i]) === true)
      return { differs: "the reference answers the learning probes otherwise than was sealed" };
    const requests = given.requests === undefined ? null : heldRequests(given.requests, learning, probes);
    if (requests !== null && "differs" in requests) return { asked: requests.differs };
    const again = compared(given, probes);
    return requests !== null && "equal" in again ? { ...again, held: requests.held } : again;
  } finally {
    await readers.reference.close();
    await readers.shadows?.close();
  }
}

/** With shadow models the rule is due by what was learnt; else null. */
function dueRule({ access, answers, probes }: ObservationFile): ProbeRule | null {
  const choice = probes?.choice;
  if (choice === undefined) return null;
  return probeRule(
    { labels: access === "labels", decimals: answers?.decimals ?? null },
    choice.asked,
    choice,
  );
}

function compared(
  { registration, sealed }: MeasuringAgain,
  probes: Awaited<ReturnType<typeof probesBy>>,
): MeasuredAgain {
  const { basis } = registration;
  const { features: d, classes: m, link } = shapeOf(registration);
  if (basis === null) throw new TypeError("a read-out was checked for before asking");
  const { answers, probes: stated, looks } = sealed.file;
  const n = stated?.asked ?? 0;
  const bytes = (name: string): Uint8Array => sealed.files.get(name) ?? new Uint8Array(0);
  const table: AnswerTable = {
    probes: n,
    dimensions: basis.dimensions,
    classes: m,
    phi: coordinates(basis, probes.features.subarray(0, n * d), n),
    reference: probes.logits.slice(0, n * m),
    link,
    ...sealedAnswers(sealed.file, sealed.files),
    decimals: answers?.decimals ?? null,
    probeRule: probes.rule,
    shadows: probes.shadows.map((logits) => logits.slice(0, n * m)),
  };
  let equal = 0;
  for (const look of looks) {
    const again = measureAnswers(table, look.probes, `look-${look.probes}`);
    const files = new Map(again.residuals.map(({ id, file }) => [id, again.files.get(file)]));
    for (const residual of look.residuals) {
      const fresh = files.get(residual.id);
      if (fresh === undefined || distance(int16Values(fresh), valuesOf(residual, bytes)) > RESIDUAL_DISTANCE)
        return { differs: `"${residual.id}" does not follow from what reference and shadow models answer` };
      equal++;
    }
  }
  return { equal };
}

function valuesOf({ file }: SealedResidual, bytes: (name: string) => Uint8Array): Int16Array {
  return int16Values(bytes(file));
}

/** Distance of two residuals, each made of length 1: T under any key differs by no more than that times its largest. */
function distance(a: Int16Array, b: Int16Array): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  const [left, right] = [lengthOf(a), lengthOf(b)];
  if (left === 0 || right === 0) return left === right ? 0 : Number.POSITIVE_INFINITY;
  let squares = 0;
  for (let i = 0; i < a.length; i++) squares += ((a[i] ?? 0) / left - (b[i] ?? 0) / right) ** 2;
  return Math.sqrt(squares);
}

function lengthOf(values: Int16Array): number {
  let squares = 0;
  for (const value of values) squares += value * value;
  return Math.sqrt(squares);
}
