import type { Settings } from "../config/settings.js";
import { startWorker } from "../investigations/worker.js";
import { startModelJobs } from "../models/model-jobs.js";
import type { Services } from "../services.js";
import { startUploadCleaning } from "../uploads/clean-uploads.js";

/** What is told of trouble that nobody waits for. */
export type Complain = (error: unknown, what: string) => void;

/** What goes on beside the answers, until the function that it gives has ended it. */
export type Background = (
  services: Services,
  options: { readonly workers: number; readonly complain: Complain },
) => Promise<() => Promise<void>>;

/** All of it. */
const BACKGROUND: readonly Background[] = [
  async (services, { complain }) =>
    startUploadCleaning(services, (error) => complain(error, "cleaning up uploads")),
  async (services, { complain }) => startModelJobs(services, (error) => complain(error, "making models")),
  async (services, { workers, complain }) => {
    const worker = await startWorker(services, { settings: { slots: workers }, complain });
    return () => worker.stop();
  },
];

/** Start it, in a process that does more than answer. */
export async function startBackground(
  services: Services,
  { role, workers }: Pick<Settings, "role" | "workers">,
  complain: Complain,
): Promise<() => Promise<void>> {
  const stops: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(stops.map((each) => each()));
  };
  if (role === "api") return stop;
  try {
    for (const start of BACKGROUND) stops.push(await start(services, { workers, complain }));
    return stop;
  } catch (error) {
    await stop();
    throw error;
  }
}
