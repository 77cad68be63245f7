import { describeError } from "@indicia/operations/describe-error";
import type { Services } from "../services.js";
import { prepare, type Prepared } from "./begin.js";
import { countAsked, nextDay, reserve } from "./leave.js";
import type { FromRunner, RunnerEnd } from "./messages.js";
import type { Job, JobQueue } from "./queue.js";
import { beginRun, endRun, recordMessage } from "./run-record.js";
import type { InvestigationRow } from "./rows.js";
import type { WorkerSettings } from "./settings.js";
import { type Runner, startRunner } from "./start-runner.js";

/** A job is held on to so many times within its lease. */
const HOLDS_PER_LEASE = 5;
/** A run that is stopped ends between two requests, or after this time. */
const STOP_MS = 20_000;
/** Progress is written down this often. */
const PROGRESS_MS = 1000;
const ACTOR = { name: "system", address: null };

/** A job under way. */
export interface RunningJob {
  readonly investigation: string;
  /** End the run between two requests. @param leaving whether another worker is to go on */
  stop(leaving: boolean): void;
  readonly done: Promise<void>;
}

/** Do a job: in a process of its own, held on to while it runs, its end written down with the end of the job. */
export function runJob(
  services: Services,
  given: { readonly queue: JobQueue; readonly job: Job; readonly settings: WorkerSettings },
): RunningJob {
  const control: Control = { runner: null, stopped: false, leaving: false };
  return {
    investigation: given.job.investigation,
    stop: (leaving) => {
      control.stopped = true;
      control.leaving = leaving;
      control.runner?.send({ kind: "stop" });
      // An answer may take long; what is under way then is lost, as the transcript says.
      setTimeout(() => control.runner?.kill(), STOP_MS).unref();
    },
    done: run(services, { ...given, control }),
  };
}

interface Control {
  runner: Runner | null;
  stopped: boolean;
  leaving: boolean;
}

interface Given {
  readonly queue: JobQueue;
  readonly job: Job;
  readonly settings: WorkerSettings;
  readonly control: Control;
}

async function run(services: Services, given: Given): Promise<void> {
  const { queue, job, control } = given;
  const row = await beginRun(services, queue, job);
  if (row === null) return;
  const end = await ranTo(services, row, given);
  if (end === null) return;
  const own = await endRun(services, { queue, job, end, leaving: control.leaving });
  if (own && end.kind !== "stopped")
    await services.audit(ACTOR, `investigation.${end.kind}`, `investigations/${row.id}`, detailOf(end));
}

/** @returns null where the job was lost to another worker */
async function ranTo(services: Services, row: InvestigationRow, given: Given): Promise<RunnerEnd | null> {
  const { queue, job, settings, control } = given;
  let prepared: Prepared;
  try {
    prepared = await prepare(services, row, settings);
  } catch (error) {
    const { code, message, hint, exitCode } = describeError(error);
    return { kind: "failed", reason: { code, message, hint }, fault: exitCode === 3 };
  }
  const record = createRecord(services, row.id);
  const runner = startRunner(prepared.begin, (message) => {
    if (message.kind === "ask-leave")
      void giveLeave(services, { row, prepared, message, runner: control.runner });
    else record.take(message);
  });
  control.runner = runner;
  if (control.stopped) runner.send({ kind: "stop" });
  let isLost = false;
  let heldAt = performance.now();
  const hold = async (): Promise<void> => {
    const leaseMs = settings.leaseSeconds * 1000;
    const mine = await queue.holdOn(job).catch(() => performance.now() - heldAt < leaseMs);
    if (mine) heldAt = performance.now();
    else {
      isLost = true;
      runner.kill();
    }
  };
  const holding = setInterval(() => void hold(), (settings.leaseSeconds * 1000) / HOLDS_PER_LEASE);
  try {
    const end = await runner.ended;
    await record.finish();
    return isLost ? null : withoutPaths(services.data.root, end);
  } finally {
    clearInterval(holding);
  }
}

/** Where files lie is nobody's business who reads why a run ended. */
function withoutPaths(root: string, end: RunnerEnd): RunnerEnd {
  if (end.kind !== "failed" && end.kind !== "paused") return end;
  const cut = (text: string): string => text.replaceAll(`${root}/`, "").replaceAll(root, "");
  const { code, message, hint } = end.reason;
  return { ...end, reason: { code, message: cut(message), hint: cut(hint) } };
}

/** Answer a runner that asks when it may send requests. */
async function giveLeave(
  { database, clock }: Services,
  given: {
    readonly row: InvestigationRow;
    readonly prepared: Prepared;
    readonly message: Extract<FromRunner, { kind: "ask-leave" }>;
    readonly runner: Runner | null;
  },
): Promise<void> {
  const { row, prepared, message, runner } = given;
  const { id, requests, rows } = message;
  try {
    if (row.per_day !== null) {
      const now = clock();
      const day = now.toISOString().slice(0, 10);
      const asked = { investigation: row.id, day, rows, limit: row.per_day };
      if (!(await countAsked(database.tables, asked))) {
        const reason = {
          code: "DAY_LIMIT",
          message: `the ${row.per_day} rows of the day have been asked`,
          hint: "It goes on by itself when the next day of UTC begins.",
        };
        runner?.send({ kind: "no-leave", id, reason, resumeInMs: nextDay(now).getTime() - now.getTime() });
        return;
      }
    }
    const { host } = prepared;
    const leave =
      host === null
        ? { waitMs: 0, stepMs: 0 }
        : await reserve(database.tables, { host: host.name, rate: host.rate, requests });
    runner?.send({ kind: "leave", id, requests, ...leave });
  } catch (error) {
    const { code, message: text, hint } = describeError(error);
    runner?.send({ kind: "no-leave", id, reason: { code, message: text, hint }, resumeInMs: 10_000 });
  }
}

/** Writes down what a runner tells, one thing after another, and of progress the newest now and then. */
function createRecord(
  services: Services,
  id: string,
): {
  take(message: Extract<FromRunner, { kind: "progress" | "look" }>): void;
  finish(): Promise<void>;
} {
  let writing: Promise<void> = Promise.resolve();
  let newest: Extract<FromRunner, { kind: "progress" }> | null = null;
  const write = (message: Extract<FromRunner, { kind: "progress" | "look" }>): void => {
    // What could not be written is told again by what comes later, and in full by the end of the run.
    writing = writing.then(() => recordMessage(services, id, message)).catch(() => undefined);
  };
  const flush = (): void => {
    if (newest !== null) write(newest);
    newest = null;
  };
  const timer = setInterval(flush, PROGRESS_MS);
  return {
    take(message) {
      if (message.kind === "progress") newest = { ...message, rows: message.rows ?? newest?.rows ?? null };
      else write(message);
    },
    async finish() {
      clearInterval(timer);
      flush();
      await writing;
    },
  };
}

function detailOf(end: Exclude<RunnerEnd, { kind: "stopped" }>): Record<string, unknown> {
  if (end.kind === "concluded") return { verdict: end.verdict, log10P: end.log10P, seal: end.sealed.seal };
  if (end.kind === "sealed") return { seal: end.sealed.seal };
  return { code: end.reason.code };
}
