// A worker of the extraction bench: makes one artefact at a time until its parent is gone.

import { keptReadings } from "@indicia/core/probes/pool-readings";
import type { Job } from "./queue.js";
import { made } from "./make.js";
import { cacheFolder, openStore } from "./store.js";
import type { Outcome } from "./workers.js";

/** Readings that a worker keeps: examinations have few pools, and the largest takes some 20 MB. */
const KEPT_READINGS = 4;

const readings = keptReadings(KEPT_READINGS);
const store = openStore(cacheFolder());

process.on("message", (job: Job) => void work(job));
process.on("disconnect", () => process.exit(0));

async function work(job: Job): Promise<void> {
  process.send?.(await outcomeOf(job));
}

async function outcomeOf({ id, recipe, needs }: Job): Promise<Outcome> {
  try {
    await store.put(id, recipe, await made(recipe, needs, readings));
    return { made: true };
  } catch (error) {
    return { made: false, message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
