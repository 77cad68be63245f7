import { setTimeout as sleep } from "node:timers/promises";
import type { Services } from "../services.js";
import { type Job, queueOf } from "./queue.js";
import { type RunningJob, runJob } from "./run-job.js";
import { DEFAULT_SETTINGS, type WorkerSettings } from "./settings.js";

/** How often what is done for all workers is done by each: jobs of silent ones, and rows that are old. */
const CLEAN_MS = 60 * 60_000;

/** Somebody who takes jobs and does them. */
export interface Worker {
  /** Investigations that it runs now. */
  readonly running: () => number;
  /** Take no more, end what runs between two requests so that others go on, and wait for it. */
  stop(): Promise<void>;
}

/** What is told of trouble. */
export type Complain = (error: unknown, what: string) => void;

/**
 * Work in this process: take jobs as they are due, as many at once as there are slots. With PostgreSQL there may be several
 * workers, in as many processes.
 */
export async function startWorker(
  services: Services,
  options: { readonly settings?: Partial<WorkerSettings>; readonly complain: Complain },
): Promise<Worker> {
  const settings: WorkerSettings = { ...DEFAULT_SETTINGS, ...options.settings };
  const queue = await queueOf(services.database, settings.leaseSeconds);
  const running = new Set<RunningJob>();
  const stopping = new AbortController();
  let cleaned = performance.now();
  let expired = Number.NEGATIVE_INFINITY;

  const take = (job: Job): void => {
    const started = runJob(services, { queue, job, settings });
    running.add(started);
    void started.done
      .catch((error: unknown) => options.complain(error, `investigation ${job.investigation}`))
      .finally(() => running.delete(started));
  };

  async function round(): Promise<void> {
    const now = performance.now();
    if (now - expired > (settings.leaseSeconds * 1000) / 5) {
      expired = now;
      await queue.expire();
    }
    if (now - cleaned > CLEAN_MS) {
      cleaned = now;
      await queue.clean();
    }
    while (running.size < settings.slots && !stopping.signal.aborted) {
      const job = await queue.fetch();
      if (job === null) break;
      take(job);
    }
    await heedWishes(services, running);
  }

  const loop = (async () => {
    while (!stopping.signal.aborted) {
      await round().catch((error: unknown) => options.complain(error, "looking for work"));
      await sleep(settings.pollMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  })();

  return {
    running: () => running.size,
    async stop() {
      stopping.abort();
      await loop;
      for (const each of running) each.stop(true);
      await Promise.allSettled([...running].map(({ done }) => done));
    },
  };
}

/** Stop what somebody wants paused or cancelled. */
async function heedWishes({ database }: Services, running: ReadonlySet<RunningJob>): Promise<void> {
  if (running.size === 0) return;
  const rows = await database.tables
    .selectFrom("investigations")
    .select("id")
    .where(
      "id",
      "in",
      [...running].map(({ investigation }) => investigation),
    )
    .where("wish", "is not", null)
    .execute();
  for (const each of running) if (rows.some(({ id }) => id === each.investigation)) each.stop(false);
}
