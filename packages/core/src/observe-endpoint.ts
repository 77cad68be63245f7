import type { Access, ObservedControl, ObservedLook } from "@indicia/evidence/formats";
import { type AnswerTable, lostRows } from "@indicia/proof/answer-residual";
import { lookSizes } from "@indicia/proof/looks";
import { type LearnedAccess, learnAccess } from "./answer-kind.js";
import { answerControls } from "./controls.js";
import { CoreError } from "./error.js";
import { coordinates } from "./marks/readout/basis.js";
import { type FeatureReader, openFeatures } from "./marks/readout/features.js";
import { measureAnswers } from "@indicia/evidence/measure-answers";
import { type ObservationDraft, type SealedObservation, sealObservation } from "./observation.js";
import { gatherAnswers, tableFiles } from "./probes/answers.js";
import { chooseProbes, type ProbeSet, uncertainProbes } from "./probes/choose.js";
import type { InputRows, Registration } from "./registration.js";
import type { Answer, BlackBoxSuspect, ExchangeRecorder } from "./suspect.js";

/** Probes by which it is learnt what kind of answers a suspect gives. */
const LEARNING_PROBES = 16;
/** Number under which the first probe is asked a second time. */
const REPEATED_PROBE = 999_999_999;
/**
 * Difference between two answers to the same probe that is rounding and no randomness: in a batch of another size a
 * runtime adds up in another order.
 */
const REPEAT_TOLERANCE = 1e-3;
/** Note of a transcript that says how its answers are decoded. */
export const DECODING_NOTE = "decoding";
/** Rows handed to the suspect at a time; its own protocol may split them further. */
const ASK_ROWS = 16;

export interface Progress {
  (stage: string, done: number, total: number): void;
}

/** Where exchanges are written while a suspect is asked. */
export interface ObservedTranscript extends ExchangeRecorder {
  note(kind: string, body: unknown): Promise<void>;
  /** Close it; what comes back is fixed by the seal. */
  finish(): Promise<{ entries: number; root: string }>;
}

export interface EndpointRequest {
  readonly registration: Registration;
  readonly referencePath: string;
  readonly referenceSha256: string;
  readonly suspect: BlackBoxSuspect;
  readonly pool: InputRows;
  /** Probes that may be asked, learning included. */
  readonly budget: number;
  readonly transcript: ObservedTranscript;
  readonly clock: () => Date;
  /** Asking ends between two batches once this aborts. */
  readonly signal?: AbortSignal;
  readonly onProgress?: Progress;
  /**
   * Called with the observation sealed so far at each look but the last. Only its word to go on or to stop comes
   * back, and each look pays for having been taken; no other knowledge of the key can reach the observation.
   */
  readonly onLook?: (sealed: SealedObservation) => Promise<"continue" | "stop">;
}

/**
 * Ask a suspect and compare it with the reference, without the key.
 *
 * @throws CoreError REFERENCE_REQUIRED, ANSWERS_UNUSABLE, NOTHING_OBSERVED, PROBES_UNSUITABLE, ABORTED; and whatever
 *   the suspect throws when it cannot be asked at all
 */
export async function observeEndpoint(request: EndpointRequest): Promise<SealedObservation> {
  const started = request.clock().toISOString();
  const reader = await openReference(request);
  try {
    await request.transcript.note(DECODING_NOTE, request.suspect.decoding);
    const uncertain = await uncertainProbes(request, reader);
    const learned = await learn(request, uncertain.probes);
    const probes = await chooseProbes(request, reader, uncertain, learned.access);
    return await askAll(request, { started, learned, probes });
  } finally {
    await reader.close();
  }
}

async function openReference({ registration, referencePath }: EndpointRequest): Promise<FeatureReader> {
  const { readout } = registration.file;
  if ("refusal" in readout || registration.basis === null) {
    throw new CoreError(
      "NO_READOUT",
      `answers carry no mark of this model: ${"refusal" in readout ? readout.refusal : "no basis"}`,
      "Only its weight mark can be examined: give the suspect's .onnx file.",
    );
  }
  return openFeatures(referencePath, readout);
}

interface Learned {
  readonly access: LearnedAccess;
  /** Answers to the first uncertain probes, in order. */
  readonly answers: Answer[];
  /** Rows asked so far. */
  readonly spent: number;
  readonly notes: string[];
}

async function learn(request: EndpointRequest, uncertain: ProbeSet): Promise<Learned> {
  const count = Math.min(LEARNING_PROBES, request.budget, uncertain.count);
  const indices = Array.from({ length: count }, (_, i) => i);
  const answers = await ask(request, uncertain, indices);
  const notes: string[] = [];
  if (answers.every(({ kind }) => kind === "lost")) {
    const reason = answers.find((answer) => answer.kind === "lost")?.reason ?? "no probe was asked";
    throw new CoreError(
      "NOTHING_OBSERVED",
      `none of the first ${count} probes was answered: ${reason}`,
      "Check the address, the model name and the credentials, and that the probes fit the suspect's inputs.",
    );
  }
  const access = learnAccess(answers);
  // One probe is asked twice, where the budget has room: a suspect that answers at random is worth knowing. The least
  // uncertain of them, since rounding alone may decide the label of the most uncertain one.
  let spent = count;
  if (request.budget > 2 * count) {
    spent++;
    const again = await request.suspect.query(
      uncertain.inputs([count - 1]),
      [REPEATED_PROBE],
      request.transcript,
    );
    if (again[0] !== undefined && !sameAnswer(again[0], answers[count - 1], access.decimals))
      notes.push("the suspect answers the same probe differently");
  }
  return { access, answers, spent, notes };
}

interface Asking {
  readonly started: string;
  readonly learned: Learned;
  readonly probes: ProbeSet;
}

async function askAll(request: EndpointRequest, asking: Asking): Promise<SealedObservation> {
  const { learned, probes } = asking;
  // Uncertain probes were already asked while learning; boundary probes come on top of those.
  const answers: Answer[] = probes.rule === "most-uncertain" ? [...learned.answers] : [];
  const besides = learned.spent - answers.length;
  const sizes = lookSizes(Math.min(probes.count, Math.max(1, request.budget - besides)));
  const looks: ObservedLook[] = [];
  const files = new Map<string, Uint8Array>();
  for (const [index, size] of sizes.entries()) {
    while (answers.length < size) {
      const next = Array.from(
        { length: Math.min(ASK_ROWS, size - answers.length) },
        (_, i) => answers.length + i,
      );
      answers.push(...(await ask(request, probes, next)));
      request.onProgress?.("asking the suspect", answers.length, sizes.at(-1) ?? size);
    }
    const last = index === sizes.length - 1;
    const table = tableOf(request, probes, learned.access, answers);
    looks.push(look(table, size, files));
    if (!last && request.onLook !== undefined) {
      const sealed = seal(request, asking, { answers, looks, files, table, controls: [] }, null);
      await request.transcript.note("look", { probes: size, seal: sealed.seal });
      if ((await request.onLook(sealed)) === "stop")
        return finish(request, asking, { answers, looks, files, table });
    }
    if (last) return finish(request, asking, { answers, looks, files, table });
  }
  throw new CoreError(
    "NOTHING_OBSERVED",
    "the budget allows no probe",
    "Give a budget of at least one probe.",
  );
}

interface Asked {
  readonly answers: readonly Answer[];
  readonly looks: ObservedLook[];
  readonly files: Map<string, Uint8Array>;
  readonly table: AnswerTable;
}

function look(table: AnswerTable, size: number, files: Map<string, Uint8Array>): ObservedLook {
  const measured = measureAnswers(table, size, `look-${size}`);
  for (const [name, bytes] of measured.files) files.set(name, bytes);
  return { probes: size, lost: lostRows(table, size), residuals: measured.residuals };
}

async function finish(request: EndpointRequest, asking: Asking, asked: Asked): Promise<SealedObservation> {
  const { controls, files } = await answerControls({
    registration: request.registration,
    referencePath: request.referencePath,
    probes: asking.probes,
    table: asked.table,
    access: asking.learned.access,
  });
  for (const [name, bytes] of files) asked.files.set(name, bytes);
  return seal(request, asking, { ...asked, controls }, await request.transcript.finish());
}

function seal(
  request: EndpointRequest,
  { started, learned, probes }: Asking,
  asked: Asked & { readonly controls: ObservedControl[] },
  transcript: { entries: number; root: string } | null,
): SealedObservation {
  const files = new Map([...asked.files, ...tableFiles(asked.table)]);
  const last = asked.looks.at(-1);
  const draft: ObservationDraft = {
    registration: request.registration.commitment,
    reference: request.referenceSha256,
    suspect: request.suspect.identity,
    access: learned.access.access satisfies Access,
    answers: {
      decimals: learned.access.decimals,
      topK: learned.access.topK,
      deterministic: learned.notes.length === 0,
    },
    probes: {
      rule: probes.rule,
      asked: asked.answers.length,
      lost: last?.lost ?? 0,
      learning: learned.spent - (probes.rule === "most-uncertain" ? learned.answers.length : 0),
      random: request.pool.random,
      sha256: probes.sha256(asked.answers.length),
    },
    looks: [...asked.looks],
    controls: asked.controls,
    notes: [...learned.notes, ...probes.notes],
    transcript,
    started,
    finished: request.clock().toISOString(),
  };
  return sealObservation(draft, files);
}

function tableOf(
  request: EndpointRequest,
  probes: ProbeSet,
  access: LearnedAccess,
  answers: readonly Answer[],
): AnswerTable {
  const { basis, file } = request.registration;
  if (basis === null || "refusal" in file.readout)
    throw new TypeError("a read-out was checked for before asking");
  const n = answers.length;
  const { features: d, classes: m } = file.readout;
  return {
    probes: n,
    dimensions: basis.dimensions,
    classes: m,
    phi: coordinates(basis, probes.features.subarray(0, n * d), n),
    reference: probes.logits.slice(0, n * m),
    link: file.readout.tail === "sigmoid" ? "sigmoid" : "softmax",
    decimals: access.decimals,
    boundary: probes.rule === "boundary",
    ...gatherAnswers(answers, m, access),
  };
}

async function ask(
  request: EndpointRequest,
  probes: ProbeSet,
  indices: readonly number[],
): Promise<Answer[]> {
  if (request.signal?.aborted === true)
    throw new CoreError("ABORTED", "the examination was interrupted", "Go on with --resume.");
  return request.suspect.query(
    probes.inputs(indices),
    indices.map((i) => probes.firstNumber + i),
    request.transcript,
  );
}

/**
 * Equal but for what the size of the batch does to the last digits, and for rounding the other way.
 *
 * @param decimals that a suspect rounds to, or null
 */
function sameAnswer(a: Answer, b: Answer | undefined, decimals: number | null): boolean {
  if (b === undefined || a.kind !== b.kind) return false;
  if (a.kind === "vector" && b.kind === "vector") {
    const unit = decimals === null ? 0 : 1.01 * 10 ** -decimals;
    return (
      a.values.length === b.values.length &&
      a.values.every((value, i) => isNear(value, b.values[i] ?? Number.NaN, unit))
    );
  }
  return a.kind === "label" && b.kind === "label" ? a.label === b.label : a.kind === "lost";
}

function isNear(a: number, b: number, unit: number): boolean {
  return Object.is(a, b) || Math.abs(a - b) <= Math.max(unit, REPEAT_TOLERANCE * Math.max(1, Math.abs(a)));
}
