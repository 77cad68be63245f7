import { existsSync } from "node:fs";
import { access, mkdir } from "node:fs/promises";
import path from "node:path";
import { isDeepStrictEqual } from "node:util";
import { CoreError } from "@indicia/core/error";
import { refuseExisting } from "@indicia/core/folder";
import type { SealedObservation } from "@indicia/core/observation";
import { OBSERVATION_FILES, writeObservation } from "@indicia/core/observation-folder";
import { DECODING_NOTE, observeEndpoint } from "@indicia/core/observe-endpoint";
import { observeFile } from "@indicia/core/observe-file";
import type { Registration } from "@indicia/core/registration";
import { readRegisteredRows } from "@indicia/core/registration-folder";
import { readRegisteredShadows } from "@indicia/core/shadow-folder";
import { resumedSuspect, rowsSpent } from "@indicia/core/resume";
import { keepPlan } from "@indicia/core/plan-folder";
import type { BlackBoxSuspect, ExchangeRecorder, SuspectIdentity } from "@indicia/core/suspect";
import { writeDurably } from "@indicia/evidence/durable-file";
import type { NamedObserver } from "@indicia/evidence/observation-format";
import { observerBytes, observerOf } from "@indicia/evidence/observer";
import { requireSuspect } from "@indicia/evidence/planned-observation";
import type { ProbeOrder } from "@indicia/evidence/probe-rule";
import { openTranscript } from "@indicia/evidence/transcript-file";
import { openModel, type OnnxModel } from "@indicia/onnx/open";
import {
  type EndpointOptions,
  openEndpoint,
  openFileSuspect,
  openOnnxBlackBox,
} from "@indicia/suspects/index";
import { shownUrl } from "@indicia/suspects/shown-url";
import type { Context } from "./context.js";
import type { Following } from "./follow-plan.js";
import { identify, npzRows, stages, withModel } from "./load.js";
import { type Terms, TERMS_NOTE, termsOf } from "./observe-terms.js";
import { withClassNames } from "./name-classes.js";
import type { Observer } from "./observer-key.js";
import { endpointOptions } from "./endpoint-options.js";
import type { Suspect } from "./options.js";
import { requireReferenceFiles } from "./require-reference.js";
import { type SeenExchange, watchedTranscript } from "./watched-transcript.js";

/** What a key-free examination needs to know. */
export interface Observing {
  readonly suspect: Suspect;
  readonly registrationFolder: string;
  readonly registration: Registration;
  readonly reference: string | null;
  /** Most rows to ask; null for what the interrupted observation was begun with, or the default. */
  readonly budget: number | null;
  /** Which probes to ask; null as for `budget`. */
  readonly probes: ProbeOrder | null;
  /** The plan that is followed, or null. */
  readonly following: Following | null;
  /** Another party who observes and signs the seal, or null. */
  readonly observer: Observer | null;
  /** A new folder, or with `resume` one that was interrupted. */
  readonly folder: { readonly path: string; readonly resume: boolean };
  /** Called at each look but the last; see `observeEndpoint`. */
  readonly onLook?: (sealed: SealedObservation) => Promise<"continue" | "stop">;
  /** How an endpoint is asked, where that is not left to its own defaults. */
  readonly asking?: AskingTerms;
  /** Told of each exchange, those of an interrupted observation first. */
  readonly onExchange?: (seen: SeenExchange) => void;
}

/** See `EndpointOptions`. */
export type AskingTerms = Pick<EndpointOptions, "pace" | "concurrency" | "totalMs" | "retry">;

/** What an examination is told on the command line. */
export type ObservingOptions = Pick<Observing, "suspect" | "reference" | "budget" | "probes"> & {
  /** Folder. */
  readonly registration: string;
};

/** What is the same for everyone who observes. */
export function observingOf(
  { suspect, registration: registrationFolder, reference, budget, probes }: ObservingOptions,
  given: {
    readonly registration: Registration;
    readonly following: Following | null;
    /** Nobody where absent. */
    readonly observer?: Observer | null;
  },
): Omit<Observing, "folder" | "onLook"> {
  return { suspect, registrationFolder, reference, budget, probes, observer: null, ...given };
}

/**
 * Observe a suspect and write the sealed observation into its folder. No key can reach this module.
 *
 * @throws CoreError, SuspectError, EvidenceError, OnnxError
 */
export async function observeSuspect(observing: Observing, context: Context): Promise<SealedObservation> {
  const { suspect, folder } = observing;
  if (!folder.resume) refuseExisting(folder.path);
  else if (!existsSync(path.join(folder.path, OBSERVATION_FILES.transcript))) {
    throw new CoreError(
      "FOLDER_INVALID",
      `there is no interrupted observation in "${folder.path}"`,
      "Give the folder that the interrupted command named.",
    );
  }
  if (folder.resume && existsSync(path.join(folder.path, OBSERVATION_FILES.seal))) {
    throw new CoreError(
      "OUTPUT_EXISTS",
      `the observation in "${folder.path}" is already sealed`,
      "Conclude on it with `indicia conclude`.",
    );
  }
  const { observer } = observing;
  const sealed =
    suspect.kind === "file" && suspect.protocol === "onnx"
      ? await fromOpenFile(observing, suspect.path, context)
      : await fromAnswers(observing, context);
  if (observer !== null) await writeObserver(folder.path, sealed, observer);
  await writeObservation(folder.path, sealed);
  return sealed;
}

/** Before the seal, which is written last. */
async function writeObserver(folder: string, { seal }: SealedObservation, observer: Observer): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeDurably(path.join(folder, OBSERVATION_FILES.observer), observerBytes(seal, observer.seed));
}

/** How an observation names the party who observes. */
function party(observer: Observer | null): { observer?: NamedObserver } {
  return observer === null ? {} : { observer: observerOf(observer.name, observer.seed) };
}

async function fromOpenFile(
  observing: Observing,
  file: string,
  context: Context,
): Promise<SealedObservation> {
  const opened: OnnxModel[] = [];
  const open = (name: string): OnnxModel => {
    const model = openModel(name);
    opened.push(model);
    return model;
  };
  try {
    const suspectModel = open(file);
    const [suspect, sha256] = await Promise.all([
      openFileSuspect(file),
      observing.reference === null ? null : checkedReference(observing, observing.reference),
    ]);
    requirePlannedSuspect(observing.following, suspect.identity);
    const reference =
      observing.reference === null || sha256 === null ? null : { model: open(observing.reference), sha256 };
    const sealed = await observeFile({
      registration: observing.registration,
      suspect,
      suspectModel,
      reference,
      clock: context.now,
      ...(observing.following === null ? {} : { plan: observing.following.followed }),
      ...party(observing.observer),
    });
    if (observing.following !== null) await keepPlan(observing.folder.path, observing.following.stored);
    return sealed;
  } finally {
    for (const model of opened) model.close();
  }
}

async function fromAnswers(observing: Observing, context: Context): Promise<SealedObservation> {
  const { registration, reference } = observing;
  if (reference === null) {
    throw new CoreError(
      "REFERENCE_REQUIRED",
      "answers can only be compared with the registered model",
      "Give it with --reference MODEL.onnx.",
    );
  }
  const referenceSha256 = await checkedReference(observing, reference);
  const pool = await readRegisteredRows(observing.registrationFolder, registration, "pool", npzRows);
  const shadows = await readRegisteredShadows(observing.registrationFolder, registration);
  const target = targetOf(observing.suspect);
  const draw = observing.following?.draw ?? null;
  await mkdir(observing.folder.path, { recursive: true });
  const transcript = await openTranscript(path.join(observing.folder.path, OBSERVATION_FILES.transcript), {
    registration: registration.commitment,
    target,
    clock: context.now,
  });
  const progress = stages(context);
  try {
    const terms = termsOf(observing, transcript.noted(TERMS_NOTE));
    const { found, deferred } = transcript;
    const left = Math.max(0, terms.budget - rowsSpent(found, deferred));
    const watched = watchedTranscript(transcript, observing.onExchange);
    const naming = {
      registration,
      referencePath: reference,
      pool,
      transcript,
      rate: terms.rate,
      asking: observing.asking ?? {},
    };
    const named = await withClassNames(observing.suspect, naming, context);
    const opened = await openBlackBox(named, { rate: terms.rate, budget: left }, watched, observing.asking);
    const suspect = resumedSuspect(opened, found, deferred);
    try {
      requirePlannedSuspect(observing.following, opened.identity);
      requireSameDecoding(transcript.noted(DECODING_NOTE), opened.decoding);
      await transcript.note(TERMS_NOTE, terms);
      if (observing.following !== null) await keepPlan(observing.folder.path, observing.following.stored);
      // Said before the first query: a process that is killed cannot say it any more.
      context.say(
        `Answers are recorded in ${observing.folder.path}; after an interruption, give it with --resume.`,
      );
      return await observeEndpoint({
        registration,
        referencePath: reference,
        referenceSha256,
        suspect,
        pool,
        ...(draw === null ? {} : { draw }),
        ...party(observing.observer),
        shadows,
        order: terms.probes ?? "auto",
        budget: terms.budget,
        transcript: watched,
        clock: context.now,
        signal: context.signal,
        onProgress: progress.report,
        ...(observing.onLook === undefined ? {} : { onLook: observing.onLook }),
      });
    } finally {
      await opened.close();
    }
  } finally {
    progress.done();
    await transcript.close();
  }
}

/** Nobody else than the planned suspect is asked. @throws EvidenceError PLAN_OTHER_SUSPECT */
function requirePlannedSuspect(following: Following | null, suspect: SuspectIdentity): void {
  if (following !== null) requireSuspect(following.stored.opened.plan.file, suspect);
}

/**
 * Answers that were given may not be read in another way later: looks may have been taken on them.
 *
 * @throws CoreError FOLDER_INVALID
 */
export function requireSameDecoding(noted: readonly unknown[], decoding: BlackBoxSuspect["decoding"]): void {
  const plain: unknown = JSON.parse(JSON.stringify(decoding));
  if (noted.every((body) => isDeepStrictEqual(body, plain))) return;
  throw new CoreError(
    "FOLDER_INVALID",
    "the observation was begun with another way of reading the suspect's answers",
    "Go on with the same --protocol, --model and --config.",
  );
}

/** What a transcript is begun for; the same suspect has to be named to go on with it. */
export function targetOf(suspect: Suspect): string {
  return suspect.kind === "file" ? path.basename(suspect.path) : shownUrl(suspect.url);
}

export async function openBlackBox(
  suspect: Suspect,
  { budget, rate }: Terms,
  recorder: ExchangeRecorder,
  asking: AskingTerms = {},
): Promise<BlackBoxSuspect> {
  if (suspect.kind === "file") return openOnnxBlackBox(suspect.path, budget);
  return openEndpoint({
    ...endpointOptions(suspect),
    rate,
    budget,
    recorder,
    ...asking,
  });
}

export async function checkedReference(
  { registration }: Pick<Observing, "registration">,
  reference: string,
): Promise<string> {
  // Before it is opened as a model: a path that leads nowhere is no bad model.
  await access(reference);
  const identity = await withModel(reference, (model) => identify(reference, model));
  requireReferenceFiles(registration, identity);
  return identity.sha256;
}
