import { setTimeout as sleep } from "node:timers/promises";
import type { Actor, Services } from "../services.js";
import type { Step } from "../shapes/common.js";
import { doJob, failed, type JobResult } from "./do-job.js";
import { type ModelJob, renewLease, returnJob, takeJob } from "./job-lease.js";
import { newId } from "../new-id.js";

/** How soon a new job is noticed. */
const POLL_MS = 500;
/** How often whoever does a job says that he is still there: several times in a lease. */
const RENEW_MS = 15_000;
/** How often progress goes into the row. */
const STEP_MS = 1000;
/** A job that takes its process down with it that often would do it for ever. */
const MOST_ATTEMPTS = 3;

/** What nobody asked for in person. */
const SYSTEM: Actor = { name: "system", address: null };

const LOST = {
  code: "JOB_LOST",
  message: "the service ended several times while this was being done",
  hint: "It may take more memory than there is. Give less data, or do it with the command line.",
};

/**
 * Do the jobs of models, one at a time, until the function that it gives is called. Any number of processes may do so over
 * one database. What a process leaves undone when it dies is taken up by whoever notices first.
 *
 * @param onError told of faults of the service itself; the job is tried again later
 */
export function startModelJobs(services: Services, onError: (error: unknown) => void): () => Promise<void> {
  const stopping = new AbortController();
  const holder = newId(services.clock());
  const running = work(services, { holder, signal: stopping.signal, onError });
  return () => {
    stopping.abort();
    return running;
  };
}

interface Worker {
  readonly holder: string;
  readonly signal: AbortSignal;
  readonly onError: (error: unknown) => void;
}

async function work(services: Services, worker: Worker): Promise<void> {
  const { signal, onError } = worker;
  while (!signal.aborted) {
    try {
      const job = await takeJob(services, worker.holder);
      if (job !== null) {
        await finish(services, { job, worker });
        continue;
      }
    } catch (error) {
      onError(error);
    }
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** Do a job that was taken, and write down its end, if it is still ours by then. */
async function finish(
  services: Services,
  { job, worker }: { readonly job: ModelJob; readonly worker: Worker },
): Promise<void> {
  const { holder, signal, onError } = worker;
  const losing = new AbortController();
  const renew = async (): Promise<void> => {
    if (!(await renewLease(services, job, holder))) losing.abort();
  };
  const renewing = setInterval(() => void renew().catch(onError), RENEW_MS);
  try {
    const result =
      job.attempts > MOST_ATTEMPTS
        ? failed(job, LOST)
        : await doJob(services, job, {
            signal: AbortSignal.any([signal, losing.signal]),
            onStep: stepWriter(services, job, onError),
          });
    if (result !== null) await end(services, { job, holder, result });
    else if (signal.aborted) await returnJob(services, job, holder);
  } finally {
    clearInterval(renewing);
  }
}

async function end(
  { database, audit }: Services,
  { job, holder, result }: { readonly job: ModelJob; readonly holder: string; readonly result: JobResult },
): Promise<void> {
  const ours = await database.tables.transaction().execute(async (tables) => {
    const { numDeletedRows } = await tables
      .deleteFrom("model_jobs")
      .where("id", "=", job.id)
      .where("holder", "=", holder)
      .executeTakeFirst();
    if (numDeletedRows > 0n) await result.write(tables);
    return numDeletedRows > 0n;
  });
  if (ours) await audit(SYSTEM, result.action, `models/${job.model}`, result.detail);
}

/** Writes steps into the row, no more often than anybody looks. */
function stepWriter(
  { database }: Services,
  job: ModelJob,
  onError: (error: unknown) => void,
): (step: Step) => void {
  let written = Number.NEGATIVE_INFINITY;
  let stage = "";
  return (step) => {
    const now = performance.now();
    if (step.stage === stage && now - written < STEP_MS) return;
    written = now;
    stage = step.stage;
    const set = { step: JSON.stringify(step) };
    const update =
      job.copy === null
        ? database.tables
            .updateTable("models")
            .set(set)
            .where("id", "=", job.model)
            .where("state", "=", "registering")
        : database.tables
            .updateTable("copies")
            .set(set)
            .where("id", "=", job.copy)
            .where("state", "=", "marking");
    update.execute().catch(onError);
  };
}
