import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { parentPort, Worker } from "node:worker_threads";
import { OnnxError } from "./error.js";
import { keepThread, type KeepTimes, type KeptThread, type Thread, threadEnded } from "./kept-thread.js";

/** More threads than this wait for memory, not for each other. */
const MOST_WORKERS = 4;

/** Threads that do tasks of one kind. */
export interface WorkerPool<Task, Answer> {
  readonly size: number;
  /**
   * Do a task in the thread with the fewest.
   *
   * @throws what the task threw (its message, code and hint), OnnxError ABORTED once the signal is, and THREAD_ENDED where the
   *   thread ended under it
   */
  run(task: Task): Promise<Answer>;
  /** How many threads run, and how often in a row the worst of them ended; with `restart` alone is that ever mended. */
  health(): { readonly alive: number; readonly deaths: number };
  /** End all threads. What they were doing is abandoned. */
  close(): Promise<void>;
}

export interface PoolOptions {
  /** Number of threads, default one per processor, at most 4. */
  readonly workers?: number;
  /** Once aborted, all threads are ended and all tasks fail. */
  readonly signal?: AbortSignal;
  /** Given to every thread as its `workerData`, copied. */
  readonly workerData?: unknown;
  /** Start threads again that end by themselves, default false: what is done once is better done again from the start. */
  readonly restart?: boolean | KeepTimes;
}

interface Request<Task> {
  readonly id: number;
  readonly task: Task;
}

type Reply<Answer> =
  | { readonly id: number; readonly answer: Answer }
  | { readonly id: number; readonly failure: Failure };

/** What of an error survives the way between threads: enough for errors of ours and of the file system. */
interface Failure {
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

const DETAILS = ["code", "hint", "syscall", "path"] as const;

/**
 * The file that a thread can run: the module itself once compiled; for a TypeScript source, which Node 20 does not
 * run, what was last built from it.
 *
 * @param module URL of `new URL("./x.js", import.meta.url)`
 * @returns null where there is none, and the work has to be done in place
 */
export function workerFile(module: URL): URL | null {
  if (existsSync(fileURLToPath(module))) return module;
  const built = new URL(module.href.replace(/\/src\/(?!.*\/src\/)/, "/dist/"));
  return existsSync(fileURLToPath(built)) ? built : null;
}

/** Threads of a pool of its own size. */
export function defaultWorkers(): number {
  return Math.min(MOST_WORKERS, availableParallelism());
}

/**
 * Start threads.
 *
 * @param file from {@link workerFile}, a module that calls {@link serveTasks}
 */
export function openPool<Task, Answer>(file: URL, options: PoolOptions = {}): WorkerPool<Task, Answer> {
  const size = Math.max(1, options.workers ?? defaultWorkers());
  const { signal, restart = false } = options;
  const threads = Array.from({ length: size }, () =>
    openThread<Task, Answer>(file, options.workerData, restart),
  );
  let closing: Promise<void> | null = null;
  const end = (reason: Error): Promise<void> => {
    signal?.removeEventListener("abort", abort);
    closing ??= endAll(threads, reason);
    return closing;
  };
  const abort = (): void => void end(interrupted());
  signal?.addEventListener("abort", abort);
  if (signal?.aborted === true) abort();
  return {
    size,
    run: async (task) => {
      if (signal?.aborted === true) throw interrupted();
      const [first, ...rest] = threads;
      if (first === undefined) throw new RangeError("a pool without threads");
      const idlest = rest.reduce((least, thread) => (thread.tasks() < least.tasks() ? thread : least), first);
      return idlest.run(task);
    },
    health: () => ({
      alive: threads.filter((thread) => thread.alive()).length,
      deaths: Math.max(...threads.map((thread) => thread.deaths())),
    }),
    close: () => end(new Error("the pool was closed")),
  };
}

function openThread<Task, Answer>(
  file: URL,
  workerData: unknown,
  restart: boolean | KeepTimes,
): KeptThread<Task, Answer> {
  if (restart !== false)
    return keepThread(
      (ended) => startThread<Task, Answer>(file, workerData, ended),
      restart === true ? {} : restart,
    );
  let deaths = 0;
  const thread = startThread<Task, Answer>(file, workerData, () => (deaths = 1));
  return { ...thread, alive: () => deaths === 0, deaths: () => deaths };
}

async function endAll(
  threads: readonly { readonly end: (reason: Error) => Promise<void> }[],
  reason: Error,
): Promise<void> {
  await Promise.all(threads.map((thread) => thread.end(reason)));
}

function startThread<Task, Answer>(file: URL, workerData: unknown, ended: () => void): Thread<Task, Answer> {
  // Not this process's flags: whoever runs TypeScript sources by them has compiled threads all the same.
  const worker = new Worker(file, { execArgv: [], workerData });
  // A thread must never keep the process: whoever waits for a task has something else that does.
  worker.unref();
  const waiting = new Map<number, { resolve: (answer: Answer) => void; reject: (error: Error) => void }>();
  let failed: Error | null = null;
  let next = 0;
  const fail = (error: Error): void => {
    if (failed === null) ended();
    failed ??= error;
    for (const { reject } of waiting.values()) reject(failed);
    waiting.clear();
    worker.unref();
  };
  worker.on("message", (reply: Reply<Answer>) => {
    const asked = waiting.get(reply.id);
    waiting.delete(reply.id);
    if (waiting.size === 0) worker.unref();
    if ("failure" in reply) asked?.reject(restored(reply.failure));
    else asked?.resolve(reply.answer);
  });
  // Something outside any task, such as the end of its memory: whatever it is, this thread ends by it.
  worker.on("error", (error: Error) => fail(threadEnded(`failed: ${error.message}`)));
  worker.on("exit", (code) => fail(threadEnded(`ended with ${code}`)));
  return {
    tasks: () => waiting.size,
    run: (task) => {
      if (failed !== null) return Promise.reject(failed);
      return new Promise((resolve, reject) => {
        const request: Request<Task> = { id: next++, task };
        waiting.set(request.id, { resolve, reject });
        worker.ref();
        worker.postMessage(request, []);
      });
    },
    end: async (reason) => {
      failed ??= reason;
      // Or the process could end before whoever waits for this goes on.
      worker.ref();
      await worker.terminate();
      // Not before: whoever waits for a task may close the files that it uses.
      fail(reason);
    },
  };
}

function interrupted(): OnnxError {
  return new OnnxError("ABORTED", "the work was interrupted", "Nothing was changed; start again.");
}

/**
 * In a worker's module: answer every task. A task that throws fails alone.
 *
 * @param handle takes what `WorkerPool.run` is given and returns what that resolves to, or a promise of it
 */
export function serveTasks(handle: (task: never) => unknown): void {
  const port = parentPort;
  if (port === null) throw new TypeError("this module is run by a worker pool");
  const send = (reply: Reply<unknown>): void => port.postMessage(reply);
  port.on("message", ({ id, task }: Request<never>) => {
    try {
      const answer = handle(task);
      if (answer instanceof Promise) {
        answer.then(
          (value: unknown) => send({ id, answer: value }),
          (error: unknown) => send({ id, failure: failureOf(error) }),
        );
      } else send({ id, answer });
    } catch (error) {
      send({ id, failure: failureOf(error) });
    }
  });
}

function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { message: String(error), details: {} };
  const own: ReadonlyMap<string, unknown> = new Map(Object.entries(error));
  const known = DETAILS.filter((name) => own.has(name)).map((name) => [name, own.get(name)] as const);
  return { message: error.message, details: Object.fromEntries(known) };
}

function restored({ message, details }: Failure): Error {
  return Object.assign(new Error(message), details);
}
