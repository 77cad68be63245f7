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
import type { BlackBoxSuspect, ExchangeRecorder } from "@indicia/core/suspect";
import { PROBE_ORDERS, type ProbeOrder } from "@indicia/evidence/probe-rule";
import { openTranscript } from "@indicia/evidence/transcript-file";
import { openModel, type OnnxModel } from "@indicia/onnx/open";
import { openEndpoint, openFileSuspect, openOnnxBlackBox } from "@indicia/suspects/index";
import type { Context } from "../context.js";
import { identify, npzRows, stages, withModel } from "./load.js";
import type { Suspect } from "./options.js";
import { requireReferenceFiles } from "./require-reference.js";
import { DEFAULT_BUDGET, DEFAULT_RATE } from "../suspect-flags.js";

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
  /** A new folder, or with `resume` one that was interrupted. */
  readonly folder: { readonly path: string; readonly resume: boolean };
  /** Called at each look but the last; see `observeEndpoint`. */
  readonly onLook?: (sealed: SealedObservation) => Promise<"continue" | "stop">;
}

/** What an examination is told on the command line. */
export type ObservingOptions = Pick<Observing, "suspect" | "reference" | "budget" | "probes"> & {
  /** Folder. */
  readonly registration: string;
};

/** What is the same for everyone who observes. */
export function observingOf(
  { suspect, registration: registrationFolder, reference, budget, probes }: ObservingOptions,
  registration: Registration,
): Omit<Observing, "folder" | "onLook"> {
  return { suspect, registrationFolder, registration, reference, budget, probes };
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
  const sealed =
    suspect.kind === "file" && suspect.protocol === "onnx"
      ? await fromOpenFile(observing, suspect.path, context)
      : await fromAnswers(observing, context);
  await writeObservation(folder.path, sealed);
  return sealed;
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
    const reference =
      observing.reference === null || sha256 === null ? null : { model: open(observing.reference), sha256 };
    return await observeFile({
      registration: observing.registration,
      suspect,
      suspectModel,
      reference,
      clock: context.now,
    });
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
  await mkdir(observing.folder.path, { recursive: true });
  const transcript = await openTranscript(path.join(observing.folder.path, OBSERVATION_FILES.transcript), {
    registration: registration.commitment,
    target,
    clock: context.now,
  });
  const progress = stages(context);
  try {
    const terms = termsOf(observing, transcript.noted(TERMS_NOTE));
    const left = Math.max(0, terms.budget - rowsSpent(transcript.found));
    const opened = await openBlackBox(observing.suspect, { rate: terms.rate, budget: left }, transcript);
    const suspect = resumedSuspect(opened, transcript.found);
    try {
      requireSameDecoding(transcript.noted(DECODING_NOTE), opened.decoding);
      await transcript.note(TERMS_NOTE, terms);
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
        shadows,
        order: terms.probes ?? "auto",
        budget: terms.budget,
        transcript,
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

/** Note of a transcript that says how much may be asked, and how fast. */
export const TERMS_NOTE = "terms";

export interface Terms {
  readonly budget: number;
  /** Requests per second. */
  readonly rate: number;
  /** Which probes are asked, where somebody said so. */
  readonly probes?: ProbeOrder;
}

/**
 * What a flag says, else what the interrupted observation was begun with, else the default.
 *
 * @throws CoreError FOLDER_INVALID where other probes, or more or fewer of them, are to be asked than before: looks may
 *   have been taken on those, and on a boundary the budget decides which they are
 */
function termsOf({ budget, probes, suspect }: Observing, noted: readonly unknown[]): Terms {
  const begun = noted.at(-1);
  const order = probes ?? notedOrder(begun);
  if (begun !== undefined && (order ?? "auto") !== (notedOrder(begun) ?? "auto")) {
    throw new CoreError(
      "FOLDER_INVALID",
      "the observation was begun with another choice of probes",
      "Go on without --probes.",
    );
  }
  const limit = budgetOf(noted);
  if (limit !== null && budget !== null && budget !== limit) {
    throw new CoreError(
      "FOLDER_INVALID",
      `the observation was begun with a budget of ${limit}`,
      "Go on without --budget.",
    );
  }
  const rate = suspect.kind === "endpoint" ? suspect.rate : null;
  return {
    budget: budget ?? limit ?? DEFAULT_BUDGET,
    rate: rate ?? positive(begun, "rate") ?? DEFAULT_RATE,
    ...(order === null ? {} : { probes: order }),
  };
}

/** The budget that was noted, or null. */
export function budgetOf(noted: readonly unknown[]): number | null {
  return positive(noted.at(-1), "budget");
}

function notedOrder(noted: unknown): ProbeOrder | null {
  const named = property(noted, "probes");
  return PROBE_ORDERS.find((order) => order === named) ?? null;
}

function positive(noted: unknown, name: keyof Terms): number | null {
  const value = property(noted, name);
  return typeof value === "number" && value > 0 ? value : null;
}

function property(noted: unknown, name: keyof Terms): unknown {
  if (typeof noted !== "object" || noted === null) return null;
  return Object.entries(noted).find(([key]) => key === name)?.[1];
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
  return suspect.kind === "file" ? path.basename(suspect.path) : suspect.url.href;
}

export async function openBlackBox(
  suspect: Suspect,
  { budget, rate }: Terms,
  recorder: ExchangeRecorder,
): Promise<BlackBoxSuspect> {
  if (suspect.kind === "file") return openOnnxBlackBox(suspect.path, budget);
  const { url, protocol, model, config, headers, allowPrivate } = suspect;
  return openEndpoint({
    url,
    protocol,
    model,
    config,
    headers: Object.fromEntries(headers),
    allowPrivate,
    rate,
    budget,
    recorder,
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
