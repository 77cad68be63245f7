import { type ChildProcess, fork } from "node:child_process";
import { BenchError } from "../error.js";
import { rootPath } from "../root.js";
import type { Job } from "./queue.js";

/** What a worker answers to a job. */
export type Outcome = { readonly made: true } | { readonly made: false; readonly message: string };

export interface Workers {
  readonly make: (job: Job) => Promise<void>;
  readonly close: () => void;
}

/**
 * Processes that make artefacts, each one at a time: the runtime of a process shares its threads, so that two trainings
 * in one would stand in each other's way. They end with this process.
 *
 * @throws RangeError from `make` where more jobs are under way than there are workers
 */
export function openWorkers(count: number): Workers {
  const idle = Array.from({ length: count }, startWorker);
  const all = new Set(idle);
  return {
    make: async (job) => {
      const worker = idle.pop();
      if (worker === undefined) throw new RangeError(`more than ${count} jobs under way`);
      let kept = worker;
      try {
        await ask(worker, job);
      } finally {
        if (!worker.connected) {
          all.delete(worker);
          kept = startWorker();
          all.add(kept);
        }
        idle.push(kept);
      }
    },
    close: () => {
      for (const worker of all) worker.disconnect();
    },
  };
}

function startWorker(): ChildProcess {
  return fork(rootPath("packages", "bench", "dist", "extraction", "worker-main.js"), {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    // Of this process they may be for programs that are not compiled.
    execArgv: [],
    env: { ...process.env, OMP_NUM_THREADS: "1" },
  });
}

function ask(worker: ChildProcess, job: Job): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (): void => {
      worker.off("message", heard);
      worker.off("exit", ended);
    };
    const heard = (outcome: unknown): void => {
      done();
      const { made, message } = outcome as { made: boolean; message?: string };
      if (made) resolve();
      else reject(new BenchError("ARTEFACT_FAILED", message ?? "", "Run the bench again."));
    };
    const ended = (code: number | null): void => {
      done();
      reject(new BenchError("ARTEFACT_FAILED", `the process ended with ${code}`, "Run the bench again."));
    };
    worker.once("message", heard);
    worker.once("exit", ended);
    worker.send(job);
  });
}
