import type { Tensor, ValueInfo } from "@indicia/onnx/tensor";
import { openPool, workerFile } from "@indicia/onnx/worker-pool";
import { compactTensors } from "./compact-tensors.js";
import { openSession, type Session, type SessionOptions } from "./session.js";

/** What a thread is started with. */
export interface SessionThread {
  readonly model: string | SharedArrayBuffer;
  readonly options: SessionOptions;
}

export type SessionTask =
  | { readonly kind: "describe" }
  | {
      readonly kind: "run";
      readonly feeds: Readonly<Record<string, Tensor>>;
      readonly outputs: readonly string[];
    };

export type SessionAnswer =
  | Pick<Session, "inputs" | "outputs">
  | { readonly results: Record<string, Tensor> };

/** A model that is loaded in threads of its own, so that running it keeps nobody else waiting. */
export interface SessionThreads {
  readonly inputs: readonly ValueInfo[];
  /** Declared outputs and, after them, the taps. */
  readonly outputs: readonly ValueInfo[];
  /** Runs that can be under way at once. */
  readonly size: number;
  /**
   * One run with exactly these feeds, in the thread with the fewest runs. Feeds are copied.
   *
   * @throws Error with message, code and hint of what `Session.run` throws; THREAD_ENDED where the thread ended under it, which
   *   is then started again
   */
  run(feeds: Readonly<Record<string, Tensor>>, outputs: readonly string[]): Promise<Record<string, Tensor>>;
  /** Threads that run, and how often in a row the worst of them ended. */
  health(): { readonly alive: number; readonly deaths: number };
  /** End the threads. What they were doing is abandoned. */
  close(): Promise<void>;
}

/**
 * Load a model in several threads, each with a session of its own; where no thread can be started, in this one.
 *
 * @param model path of an .onnx file, or its bytes, of which all threads share one copy, kept for those started again
 * @throws Error with message, code and hint of what `openSession` throws
 */
export async function openSessionThreads(
  model: string | Uint8Array,
  options: SessionOptions & { readonly workers: number },
): Promise<SessionThreads> {
  const { workers, ...rest } = options;
  const file = workerFile(new URL("./session-worker.js", import.meta.url));
  if (file === null) return inPlace(await openSession(model, rest));
  const thread: SessionThread = {
    model: typeof model === "string" ? model : shared(model),
    options: { ...rest, ...sharedData(rest) },
  };
  const pool = openPool<SessionTask, SessionAnswer>(file, { workers, workerData: thread, restart: true });
  try {
    // Each goes to a thread that has none yet, so that all have loaded the model once all have answered.
    const told = await allAnswered(Array.from({ length: pool.size }, () => pool.run({ kind: "describe" })));
    const [described] = told;
    if (described === undefined || "results" in described) throw new TypeError("a thread described no model");
    return {
      ...described,
      size: pool.size,
      run: async (feeds, outputs) => {
        const answer = await pool.run({ kind: "run", feeds: compactTensors(feeds), outputs });
        if ("results" in answer) return answer.results;
        throw new TypeError("a thread answered something else");
      },
      health: () => pool.health(),
      close: () => pool.close(),
    };
  } catch (error) {
    await pool.close();
    throw error;
  }
}

/** Waits for the others where one fails: a thread that is ended while it loads takes the whole process with it. */
async function allAnswered<T>(asked: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(asked);
  return Promise.all(asked);
}

function inPlace(session: Session): SessionThreads {
  return {
    inputs: session.inputs,
    outputs: session.outputs,
    size: 1,
    run: (feeds, outputs) => session.run(feeds, outputs),
    health: () => ({ alive: 1, deaths: 0 }),
    close: () => session.close(),
  };
}

/** External data in memory, of which all threads share one copy too. */
function sharedData({ externalData }: SessionOptions): Pick<SessionOptions, "externalData"> {
  if (externalData === undefined) return {};
  return {
    externalData: externalData.map(({ path, data }) => ({ path, data: new Uint8Array(shared(data)) })),
  };
}

function shared(bytes: Uint8Array): SharedArrayBuffer {
  const buffer = new SharedArrayBuffer(bytes.length);
  new Uint8Array(buffer).set(bytes);
  return buffer;
}
