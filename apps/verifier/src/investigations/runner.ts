import { existsSync } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CoreError } from "@indicia/core/error";
import type { SealedObservation } from "@indicia/core/observation";
import { OBSERVATION_FILES, readObservation } from "@indicia/core/observation-folder";
import type { Registration } from "@indicia/core/registration";
import { canonicalBytes, parseCanonical, sha256Hex } from "@indicia/evidence/canonical";
import { type ConclusionFile, conclusionSchema } from "@indicia/evidence/conclusion-format";
import { writeDurably } from "@indicia/evidence/durable-file";
import { EvidenceError } from "@indicia/evidence/error";
import { nativeSha256 } from "@indicia/evidence/hash-file";
import { anchoredRegistration } from "@indicia/operations/anchored-registration";
import type { Context } from "@indicia/operations/context";
import { describeError } from "@indicia/operations/describe-error";
import { observeSuspect, observingOf } from "@indicia/operations/observe-suspect";
import { concludeLook, concludeObservation, lookCounter, type Opening } from "@indicia/operations/open-key";
import { SuspectError } from "@indicia/suspects/error";
import type { Look } from "../shapes/investigations.js";
import { CONCLUSION_FILE, EVIDENCE_FILE, OBSERVATION_FOLDER } from "./folder-names.js";
import { createTally } from "./exchange-tally.js";
import type { Begin, FromRunner, RunnerEnd, SealedSummary } from "./messages.js";
import { type LeaveDesk, LeaveRefused } from "./runner-leave.js";

/** How long a transcript is waited for that a runner before this one, killed a moment ago, may still hold. */
const LOCK_PATIENCE_MS = 60_000;
const LOCK_PAUSE_MS = 250;

/** What a run may use of its process. */
export interface RunnerTools {
  readonly context: Context;
  readonly desk: LeaveDesk;
  readonly tell: (message: FromRunner) => void;
}

/**
 * One run of an investigation, from wherever the last one ended: observe, seal, conclude, write the evidence. It does what
 * `indicia examine` does, with the same functions, and never throws.
 */
export async function runInvestigation(begin: Begin, tools: RunnerTools): Promise<RunnerEnd> {
  try {
    return await toTheEnd(begin, tools);
  } catch (error) {
    return endedBy(error, tools.context.signal);
  }
}

async function toTheEnd(begin: Begin, tools: RunnerTools): Promise<RunnerEnd> {
  const { context } = tools;
  const registration = await anchoredRegistration(begin.registration, [], context);
  const opening =
    begin.ownerKey === null
      ? null
      : {
          registrationFolder: begin.registration,
          registration,
          ownerKey: begin.ownerKey,
          level: begin.level,
          plan: null,
        };
  const folder = path.join(begin.folder, OBSERVATION_FOLDER);
  const observation = existsSync(path.join(folder, OBSERVATION_FILES.seal))
    ? await readObservation(folder)
    : await patiently(() => observe(begin, folder, { registration, opening, tools }));
  const sealed = summaryOf(observation);
  if (opening === null) {
    tools.tell({ kind: "look", look: lookOf(observation, null, context.now()) });
    return { kind: "sealed", sealed };
  }
  const { conclusion, evidence } = await conclude(begin, { opening, observation, folder, context });
  tools.tell({ kind: "look", look: lookOf(observation, conclusion, context.now()) });
  return {
    kind: "concluded",
    verdict: conclusion.verdict,
    T: conclusion.witnesses[0]?.T ?? null,
    log10P: conclusion.log10P,
    sealed,
    evidence,
  };
}

async function observe(
  begin: Begin,
  folder: string,
  given: {
    readonly registration: Registration;
    readonly opening: Opening | null;
    readonly tools: RunnerTools;
  },
): Promise<SealedObservation> {
  const { registration, opening, tools } = given;
  const { context, tell } = tools;
  const resume = existsSync(path.join(folder, OBSERVATION_FILES.transcript));
  // Nothing was asked yet: what a killed run left there is begun anew.
  if (!resume) await rm(folder, { recursive: true, force: true });
  await mkdir(begin.folder, { recursive: true });
  const tally = createTally(tell);
  const counted = opening === null ? null : await lookCounter(opening, context, "examination");
  const onLook = async (sealed: SealedObservation): Promise<"continue" | "stop"> => {
    const said =
      opening === null || counted === null
        ? null
        : await concludeLook(opening, sealed, await counted(sealed));
    tell({ kind: "look", look: lookOf(sealed, said, context.now()) });
    return begin.earlyStop && said?.verdict === "match" ? "stop" : "continue";
  };
  const { reference, budget, order: probes } = begin;
  const sent = begin.suspect;
  const suspect = sent.kind === "file" ? sent : { ...sent, url: new URL(sent.url) };
  return observeSuspect(
    {
      ...observingOf(
        { suspect, registration: begin.registration, reference, budget, probes },
        { registration, following: null },
      ),
      folder: { path: folder, resume },
      onLook,
      onExchange: tally.see,
      asking: {
        pace: tools.desk.pace,
        concurrency: begin.concurrency,
        totalMs: Number.POSITIVE_INFINITY,
        defers: true,
      },
    },
    { ...context, progress: tally.progress },
  );
}

function lookOf(sealed: SealedObservation, said: ConclusionFile | null, now: Date): Look {
  const last = sealed.file.looks.at(-1);
  return {
    time: now.toISOString(),
    probes: last?.probes ?? 0,
    lost: last?.lost ?? 0,
    T: said?.witnesses[0]?.T ?? null,
    log10P: said?.log10P ?? null,
    log10PIdeal: said?.log10PIdeal ?? null,
  };
}

async function conclude(
  begin: Begin,
  given: {
    readonly opening: Opening;
    readonly observation: SealedObservation;
    readonly folder: string;
    readonly context: Context;
  },
): Promise<{ conclusion: ConclusionFile; evidence: { sha256: string; bytes: number } }> {
  const { opening, observation, folder, context } = given;
  const conclusionFile = path.join(begin.folder, CONCLUSION_FILE);
  const evidenceFile = path.join(begin.folder, EVIDENCE_FILE);
  const before = existsSync(evidenceFile) && existsSync(conclusionFile);
  const conclusion = before
    ? conclusionSchema.parse(parseCanonical(await readFile(conclusionFile)))
    : await concludeObservation(opening, observation, context);
  if (!before) {
    await writeDurably(conclusionFile, canonicalBytes(conclusion));
    // Loaded when there is something to print.
    const { writeEvidence } = await import("@indicia/operations/write-evidence");
    await writeEvidence(evidenceFile, {
      registration: opening.registration,
      registrationFolder: begin.registration,
      observationFolder: folder,
      observation,
      conclusion,
      ownerKey: opening.ownerKey,
      now: context.now,
    });
  }
  const bytes = await readFile(evidenceFile);
  return { conclusion, evidence: { sha256: sha256Hex(bytes, nativeSha256), bytes: bytes.length } };
}

function summaryOf({ file, seal }: SealedObservation): SealedSummary {
  const { asked = 0, lost = 0, learning = 0 } = file.probes ?? {};
  return { seal, access: file.access, probes: asked, asked: asked + learning, lost };
}

/** Whoever was killed a moment ago may still be ending, and hold the transcript while it does. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  const end = performance.now() + LOCK_PATIENCE_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const held = error instanceof EvidenceError && error.code === "CHAIN_LOCKED";
      if (!held || performance.now() > end) throw error;
      await sleep(LOCK_PAUSE_MS);
    }
  }
}

function endedBy(error: unknown, signal: AbortSignal): RunnerEnd {
  if (error instanceof LeaveRefused)
    return { kind: "paused", reason: error.reason, resumeInMs: error.resumeInMs };
  if (error instanceof CoreError && error.code === "ABORTED" && signal.aborted) return { kind: "stopped" };
  const { code, message, hint, exitCode } = describeError(error);
  const reason = { code, message, hint };
  if (error instanceof SuspectError && error.code === "SUSPECT_BUSY")
    return { kind: "paused", reason, resumeInMs: error.retryAfterMs };
  if (error instanceof SuspectError && PAUSING.includes(error.code))
    return { kind: "paused", reason, resumeInMs: null };
  return { kind: "failed", reason, fault: exitCode === 3 };
}

/** What the suspect does for which somebody has to see to it, after which asking goes on. */
const PAUSING: readonly SuspectError["code"][] = [
  "SUSPECT_CHALLENGED",
  "SUSPECT_SILENT",
  "SUSPECT_UNREACHABLE",
  "SUSPECT_REFUSED",
  "SUSPECT_NOT_READY",
];
