import type { Transaction } from "kysely";
import type { Tables } from "../database/tables.js";
import type { Services } from "../services.js";
import type { FromRunner, RunnerEnd } from "./messages.js";
import type { Job, JobQueue } from "./queue.js";
import { type InvestigationRow, tellState } from "./rows.js";
import { lockInvestigation } from "./transitions.js";

/** Progress that is older than this is of no use to who watches later. */
const PROGRESS_KEPT_MS = 60_000;
/** Runs that may end by a fault of the program before the investigation counts as failed. */
const MOST_FAULTS = 3;
const FAULT_PAUSE_MS = 5000;

/**
 * Take up a run: from now on it is running.
 *
 * @returns its row, or null where the job was overtaken by what somebody did meanwhile; it is then complete
 */
export async function beginRun(
  { database, clock }: Services,
  queue: JobQueue,
  job: Job,
): Promise<InvestigationRow | null> {
  return database.tables.transaction().execute(async (transaction) => {
    const row = await transaction
      .selectFrom("investigations")
      .selectAll()
      .where("id", "=", job.investigation)
      .forUpdate()
      .executeTakeFirst();
    if (row === undefined || row.run !== job.run || !["queued", "running", "paused"].includes(row.state)) {
      await queue.complete(transaction, job);
      return null;
    }
    const now = clock();
    if (row.state !== "running") {
      await transaction
        .updateTable("investigations")
        .where("id", "=", row.id)
        .set({ state: "running", started: row.started ?? now, reason: null, resume_at: null })
        .execute();
      await tellState(transaction, row.id, now);
    }
    return row;
  });
}

/** Write down what a runner tells meanwhile. */
export async function recordMessage(
  { database, clock }: Services,
  id: string,
  message: Extract<FromRunner, { kind: "progress" | "look" }>,
): Promise<void> {
  await database.tables.transaction().execute(async (transaction) => {
    await lockInvestigation(transaction, id);
    if (message.kind === "look") await recordLook(transaction, id, message.look);
    else await recordProgress(transaction, id, message, clock());
  });
}

async function recordLook(
  transaction: Transaction<Tables>,
  id: string,
  look: Extract<FromRunner, { kind: "look" }>["look"],
): Promise<void> {
  const time = new Date(look.time);
  const values = { lost: look.lost, t: look.T, log10_p: look.log10P, log10_p_ideal: look.log10PIdeal };
  // A run that goes on takes the looks of the one before again: when it was first taken counts.
  await transaction
    .insertInto("looks")
    .values({ investigation: id, probes: look.probes, time, ...values })
    .onConflict((conflict) => conflict.columns(["investigation", "probes"]).doUpdateSet(values))
    .execute();
  await transaction
    .insertInto("investigation_events")
    .values({ investigation: id, kind: "look", time, body: JSON.stringify({ look }) })
    .execute();
}

async function recordProgress(
  transaction: Transaction<Tables>,
  id: string,
  { step, rows }: Extract<FromRunner, { kind: "progress" }>,
  time: Date,
): Promise<void> {
  const { asked, lost } = await transaction
    .updateTable("investigations")
    .where("id", "=", id)
    .set({ step: JSON.stringify(step), ...rows })
    .returning(["asked", "lost"])
    .executeTakeFirstOrThrow();
  await transaction
    .deleteFrom("investigation_events")
    .where("investigation", "=", id)
    .where("kind", "=", "progress")
    .where("time", "<", new Date(time.getTime() - PROGRESS_KEPT_MS))
    .execute();
  await transaction
    .insertInto("investigation_events")
    .values({ investigation: id, kind: "progress", time, body: JSON.stringify({ step, asked, lost }) })
    .execute();
}

/**
 * Write down how a run ended, together with the end of its job.
 *
 * @param leaving whether the run was stopped since its worker ends, and another is to go on
 * @returns false where the job has gone to another worker, and nothing was written
 */
export async function endRun(
  { database, clock }: Services,
  given: { readonly queue: JobQueue; readonly job: Job; readonly end: RunnerEnd; readonly leaving: boolean },
): Promise<boolean> {
  const { queue, job, end, leaving } = given;
  return database.tables.transaction().execute(async (transaction) => {
    const row = await lockInvestigation(transaction, job.investigation);
    if (!(await queue.complete(transaction, job))) return false;
    if (row.run !== job.run) return true;
    const now = clock();
    const { again, ...set } = changeOf(row, end, { now, leaving });
    await transaction
      .updateTable("investigations")
      .where("id", "=", row.id)
      .set({ ...set, wish: null, step: null, run: row.run + 1 })
      .execute();
    if (again !== null) await queue.send(transaction, { investigation: row.id, run: row.run + 1 }, again);
    await tellState(transaction, row.id, now);
    return true;
  });
}

/** What the end of a run makes of its investigation. */
interface Change {
  /** When the next run is due, or null where none is. */
  readonly again: Date | null;
  readonly state: InvestigationRow["state"];
  readonly [column: string]: unknown;
}

function changeOf(
  row: InvestigationRow,
  end: RunnerEnd,
  { now, leaving }: { readonly now: Date; readonly leaving: boolean },
): Change {
  const after = (ms: number): Date => new Date(now.getTime() + ms);
  if (end.kind === "concluded" || end.kind === "sealed") return concludedChange(end, now);
  if (row.wish === "cancel") return { again: null, state: "cancelled", finished: now };
  if (row.wish === "pause") return { again: null, state: "paused" };
  // One that did not end in time was killed.
  if (leaving && (end.kind === "stopped" || (end.kind === "failed" && end.fault)))
    return { again: now, state: "queued" };
  if (end.kind === "stopped") return { again: null, state: "paused" };
  const reason = JSON.stringify(end.reason);
  if (end.kind === "paused") {
    const again = end.resumeInMs === null ? null : after(end.resumeInMs);
    return { again, state: "paused", reason, resume_at: again };
  }
  const faults = row.faults + 1;
  if (end.fault && faults < MOST_FAULTS)
    return {
      again: after(FAULT_PAUSE_MS),
      state: "queued",
      reason,
      faults,
      resume_at: after(FAULT_PAUSE_MS),
    };
  return { again: null, state: "failed", reason, faults, finished: now };
}

function concludedChange(end: Extract<RunnerEnd, { kind: "concluded" | "sealed" }>, now: Date): Change {
  const { seal, access, probes, asked, lost } = end.sealed;
  const observed = { again: null, seal, access, probes, asked, lost };
  if (end.kind === "sealed") return { ...observed, state: "awaiting-key" };
  return {
    ...observed,
    state: "concluded",
    finished: now,
    verdict: end.verdict,
    t: end.T,
    log10_p: end.log10P,
    evidence_sha256: end.evidence.sha256,
    evidence_bytes: end.evidence.bytes,
  };
}
