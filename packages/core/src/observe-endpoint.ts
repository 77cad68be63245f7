import type {
  Access,
  NamedObserver,
  ObservedControl,
  ObservedLook,
} from "@indicia/evidence/observation-format";
import { type AnswerTable, lostRows } from "@indicia/proof/answer-residual";
import { classOrder } from "@indicia/proof/class-order";
import { lookSizes } from "@indicia/proof/looks";
import { int32Bytes } from "@indicia/evidence/numbers";
import { SHADOW_FILES } from "@indicia/evidence/measure-shadows";
import { type ProbeChoice, type ProbeOrder, probeRule } from "@indicia/evidence/probe-rule";
import { answerControls } from "./controls.js";
import { CoreError } from "./error.js";
import { answerTable, probeCoordinates } from "./observe-table.js";
import { openFeatures } from "./marks/readout/features.js";
import { measureAnswers } from "@indicia/evidence/measure-answers";
import { type ObservationDraft, type SealedObservation, sealObservation } from "./observation.js";
import { tableFiles } from "./probes/answers.js";
import { agreement, type Learned, learn } from "./observe-learning.js";
import { askRows } from "./observe-rows.js";
import { learningProbes, type LearningSet, probesBy } from "./probes/choose.js";
import { type Draw, drawnFiles, drawnPool } from "./probes/drawn-pool.js";
import type { ModelReaders, ProbeSet } from "./probes/pool.js";
import { type PoolReadings, readPoolOnce } from "./probes/pool-readings.js";
import type { InputRows, Registration } from "./registration.js";
import { openShadows } from "./shadow-models.js";
import type { Answer, BlackBoxSuspect, ExchangeRecorder } from "./suspect.js";

/** Note of a transcript that says how its answers are decoded. */
export const DECODING_NOTE = "decoding";

export interface Progress {
  (stage: string, done: number, total: number): void;
}

/** Where exchanges are written while a suspect is asked. */
export interface ObservedTranscript extends ExchangeRecorder {
  /** When the first of it was written, RFC 3339: an observation that goes on began then, and not when it went on. */
  readonly begun: string;
  note(kind: string, body: unknown): Promise<void>;
  /** Close it; what comes back is fixed by the seal. */
  finish(): Promise<{ entries: number; root: string }>;
}

export interface EndpointRequest {
  readonly registration: Registration;
  readonly referencePath: string;
  readonly referenceSha256: string;
  readonly suspect: BlackBoxSuspect;
  /** The registered pool. */
  readonly pool: InputRows;
  /** What the plan that is followed leaves of the pool; absent where none is. */
  readonly draw?: Draw;
  /** Another party who observes; absent where nobody is named. */
  readonly observer?: NamedObserver;
  /** The registered shadow models, .onnx files in their order; none where absent. */
  readonly shadows?: readonly Uint8Array[];
  /** What is kept of earlier examinations; where absent, the pool is read for this one. */
  readonly readings?: PoolReadings;
  /** Which probes to ask; by what the suspect answers where absent. */
  readonly order?: ProbeOrder;
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
 * @throws CoreError REFERENCE_REQUIRED, ANSWERS_UNUSABLE, NOTHING_OBSERVED, PROBES_UNSUITABLE, SHADOWS_INVALID,
 *   REGISTRATION_INVALID where the shadow models are not all there, ABORTED; and whatever the suspect throws when it
 *   cannot be asked at all
 */
export async function observeEndpoint(given: EndpointRequest): Promise<SealedObservation> {
  const request = given.draw === undefined ? given : { ...given, pool: drawnPool(given.pool, given.draw) };
  const started = request.transcript.begun;
  const readers = await openReaders(request);
  try {
    await request.transcript.note(DECODING_NOTE, request.suspect.decoding);
    const read = await readPoolOnce(request, readers, request.readings);
    const learned = await learn(request, (rounds) => learningProbes(request, read, rounds));
    const { learning } = learned;
    const { rule, choice } = chosenRule(request.order ?? "auto", learned);
    const probes = await probesBy(rule, request, { readers, read, learning });
    return await askAll(request, { started, learning, learned, probes, choice });
  } finally {
    await readers.reference.close();
    await readers.shadows?.close();
  }
}

/** One rule for the whole examination; trying several would have to be paid for. */
function chosenRule(
  order: ProbeOrder,
  { access, labels }: Learned,
): { rule: ProbeSet["rule"]; choice: ProbeChoice | null } {
  const choice = labels === null ? null : { asked: order, ...agreement(labels) };
  const answers = { labels: access.access === "labels", decimals: access.decimals };
  return { rule: probeRule(answers, order, choice), choice };
}

/**
 * Open reference and shadow models.
 *
 * @throws CoreError NO_READOUT, REGISTRATION_INVALID, PROBES_UNSUITABLE, SHADOWS_INVALID
 */
export async function openReaders(
  request: Pick<EndpointRequest, "registration" | "referencePath" | "shadows" | "order">,
): Promise<ModelReaders> {
  const { registration, referencePath, shadows = [], order } = request;
  const { readout } = registration.file;
  if ("refusal" in readout || registration.basis === null) {
    throw new CoreError(
      "NO_READOUT",
      `answers carry no mark of this model: ${"refusal" in readout ? readout.refusal : "no basis"}`,
      "Only its weight mark can be examined: give the suspect's .onnx file.",
    );
  }
  if (shadows.length !== registration.file.shadows.length) {
    throw new CoreError(
      "REGISTRATION_INVALID",
      `${registration.file.shadows.length} shadow models are registered, ${shadows.length} are there`,
      "Restore the registration folder from a backup.",
    );
  }
  if (order === "shadows" && shadows.length === 0) {
    throw new CoreError(
      "PROBES_UNSUITABLE",
      "no shadow models are registered to choose probes by",
      "Choose --probes auto, uncertain or boundary.",
    );
  }
  const reference = await openFeatures(referencePath, readout);
  try {
    return { reference, shadows: shadows.length === 0 ? null : await openShadows(shadows, readout.classes) };
  } catch (error) {
    await reference.close();
    throw error;
  }
}

interface Asking {
  readonly started: string;
  readonly learning: LearningSet;
  readonly learned: Learned;
  readonly probes: ProbeSet;
  readonly choice: ProbeChoice | null;
}

/** What was answered while learning, where those were the first of the probes; others come on top of it. */
function learnedAnswers({ learning, learned, probes }: Asking): readonly Answer[] {
  return learning.firstNumber === probes.firstNumber ? learned.answers : [];
}

/** What the budget leaves for probes. It is sealed with each look, since it decides which of them is the last. */
function plannedProbes({ budget }: EndpointRequest, asking: Asking): number {
  const besides = asking.learned.spent - learnedAnswers(asking).length;
  return Math.min(asking.probes.count, Math.max(1, budget - besides));
}

async function askAll(request: EndpointRequest, asking: Asking): Promise<SealedObservation> {
  const { learned, probes } = asking;
  const answers: Answer[] = [...learnedAnswers(asking)];
  const sizes = lookSizes(plannedProbes(request, asking));
  const looks: ObservedLook[] = [];
  const files = new Map<string, Uint8Array>();
  const phi = probeCoordinates(request.registration, probes, Math.max(answers.length, sizes.at(-1) ?? 0));
  for (const [index, size] of sizes.entries()) {
    const asked = await askRows(request, probes, { from: answers.length, to: size }, (done) =>
      request.onProgress?.("asking the suspect", done, sizes.at(-1) ?? size),
    );
    for (const answer of asked) answers.push(answer);
    const last = index === sizes.length - 1;
    const table = answerTable(request.registration, { probes, phi }, learned.access, answers);
    looks.push(look(request, table, size, files));
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

function look(
  { suspect }: EndpointRequest,
  table: AnswerTable,
  size: number,
  files: Map<string, Uint8Array>,
): ObservedLook {
  const measured = measureAnswers(table, size, `look-${size}`);
  for (const [name, bytes] of measured.files) files.set(name, bytes);
  return {
    probes: size,
    lost: lostRows(table, size),
    ...(suspect.ordersClasses === true ? { classOrder: classOrder(table, size) } : {}),
    residuals: measured.residuals,
  };
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
  asking: Asking,
  asked: Asked & { readonly controls: ObservedControl[] },
  transcript: { entries: number; root: string } | null,
): SealedObservation {
  const { started, learned, probes, choice } = asking;
  const files = new Map([...asked.files, ...tableFiles(asked.table)]);
  if (learned.labels !== null) files.set(SHADOW_FILES.choice, int32Bytes(learned.labels));
  const { draw, observer } = request;
  const rows = { ...asking, asked: asked.answers.length, learnt: learned.answers.length };
  for (const [name, bytes] of draw === undefined ? [] : drawnFiles(draw, rows)) files.set(name, bytes);
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
      ...(choice === null ? {} : { choice }),
      asked: asked.answers.length,
      lost: last?.lost ?? 0,
      learning: learned.spent - learnedAnswers(asking).length,
      planned: plannedProbes(request, asking),
      random: request.pool.random,
      sha256: probes.sha256(asked.answers.length),
    },
    pricing: 2,
    looks: [...asked.looks],
    controls: asked.controls,
    notes: [...learned.notes, ...probes.notes],
    ...(draw === undefined ? {} : { plan: draw.followed }),
    ...(observer === undefined ? {} : { observer }),
    transcript,
    started,
    finished: request.clock().toISOString(),
  };
  return sealObservation(draft, files);
}
