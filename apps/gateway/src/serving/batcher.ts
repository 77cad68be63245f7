import type { Tensor, ValueInfo } from "@indicia/onnx/tensor";
import { concatRows } from "@indicia/onnx/tensor";
import { rowBatches } from "@indicia/runtime/run-rows";
import type { Session } from "@indicia/runtime/session";
import { Refusal } from "../defences/refusal.js";
import { type Piece, runPieces } from "./run-pieces.js";

/** Rows that may wait for one model: seconds of work, after which a client had better come again. */
const MAX_WAITING_ROWS = 16_384;
/** Seconds after which an overloaded model may be asked again. */
const RETRY_SECONDS = 1;

export interface BatchingOptions {
  /** Rows of one run at most. */
  readonly maxRows: number;
  /**
   * How long rows wait for others while a thread stands idle. With 0 they never do, and batches form from what arrives
   * while all threads are busy.
   */
  readonly maxWaitMs: number;
  /**
   * Every run has exactly this many rows, filled up by repeats, so that an answer has the same bytes whoever else asks;
   * null where rows are run together as they come, and an answer differs by rounding with the size of its batch. With 1
   * every row is run alone.
   */
  readonly fixedRows: number | null;
}

/** Ends of a thread in a row after which somebody had better look: one may be a stroke of bad luck, or an unlucky request's. */
const FAILING_DEATHS = 3;

/** What runs the batches. */
export interface Runner {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /** Runs that can be under way at once. */
  readonly size: number;
  run(feeds: Readonly<Record<string, Tensor>>, outputs: readonly string[]): Promise<Record<string, Tensor>>;
  /** Threads that run, and how often in a row the worst of them ended; missing where there are none to end. */
  health?(): { readonly alive: number; readonly deaths: number };
  close(): Promise<void>;
}

/** Many callers' rows, run together. */
export interface Batcher extends Pick<Session, "inputs" | "outputs" | "runRows" | "close"> {
  /** Rows that wait. */
  waiting(): number;
  /** Whether it makes sense to ask: some thread runs, and none ends again and again. */
  ready(): boolean;
}

/**
 * Collect the rows of many callers into batches for the threads that are free.
 *
 * Rows are taken to be independent of one another, as those of every classifier at inference are. A batch that fails is
 * run again in the parts that it was made of, so that a request fails by its own rows alone. A long request hands in
 * only as many parts at once as there are threads: between them, others get their turn.
 */
export function createBatcher(runner: Runner, options: BatchingOptions): Batcher {
  const { inputs, size: lanes } = runner;
  const queue: Piece[] = [];
  const every = runner.outputs.filter(({ type }) => type !== null).map(({ name }) => name);
  const modelFixes = inputs.some(({ dims }) => typeof dims?.[0] === "number");
  const fixedRows = modelFixes ? null : options.fixedRows;
  const step = fixedRows ?? options.maxRows;
  let busy = 0;
  let waiting = 0;
  let timer: NodeJS.Timeout | null = null;

  const dispatch = (): void => {
    while (busy < lanes && queue.length > 0) {
      const [first] = queue;
      if (first === undefined) return;
      const batch = takeBatch(queue, step, modelFixes);
      const left = first.since + options.maxWaitMs - performance.now();
      if (left > 0 && rowsOf(batch) < step && step > 1) {
        queue.unshift(...batch);
        timer ??= setTimeout(() => {
          timer = null;
          dispatch();
        }, left);
        return;
      }
      busy++;
      void runPieces(runner, batch, fixedRows).finally(() => {
        busy--;
        dispatch();
      });
    }
  };

  const ask = (part: Omit<Piece, "since" | "resolve" | "reject">): Promise<Record<string, Tensor>> =>
    new Promise((resolve, reject) => {
      queue.push({ ...part, since: performance.now(), resolve, reject });
      dispatch();
    });

  return {
    inputs,
    outputs: runner.outputs,
    waiting: () => waiting,
    ready: () => {
      const { alive, deaths } = runner.health?.() ?? { alive: 1, deaths: 0 };
      return alive > 0 && deaths < FAILING_DEATHS;
    },
    runRows: async (tensors, { outputs = every } = {}) => {
      const parts = rowBatches(inputs, tensors, step);
      const rows = parts.reduce((sum, { count }) => sum + count, 0);
      if (waiting + rows > MAX_WAITING_ROWS && waiting > 0) throw overloaded();
      waiting += rows;
      try {
        const key = keyOf(tensors, outputs);
        const results = await inTurn(parts, lanes, ({ feeds, count, size }) =>
          ask({ key, feeds: feeds(), rows: count, size, outputs }),
        );
        return Object.fromEntries(
          outputs.map((name) => [name, concatRows(results.flatMap((result) => result[name] ?? []))]),
        );
      } finally {
        waiting -= rows;
      }
    },
    close: async () => {
      if (timer !== null) clearTimeout(timer);
      await runner.close();
    },
  };
}

/** The first piece and those after it that may be run with it, taken out of the queue. */
function takeBatch(queue: Piece[], maxRows: number, alone: boolean): Piece[] {
  const [first] = queue;
  if (first === undefined) return [];
  const batch = [first];
  let rows = first.rows;
  // Where the model fixes the rows of a run, every piece has them already.
  if (!alone) {
    for (let i = 1; i < queue.length && rows < maxRows; i++) {
      const piece = queue[i];
      if (piece === undefined || piece.key !== first.key || rows + piece.rows > maxRows) continue;
      batch.push(piece);
      rows += piece.rows;
    }
  }
  const taken = new Set(batch);
  queue.splice(0, queue.length, ...queue.filter((piece) => !taken.has(piece)));
  return batch;
}

function rowsOf(batch: readonly Piece[]): number {
  return batch.reduce((sum, { rows }) => sum + rows, 0);
}

/** What rows must have in common to be run together; scalars go to all rows of a run, and so with nobody else's. */
function keyOf(tensors: Readonly<Record<string, Tensor>>, outputs: readonly string[]): string | symbol {
  if (Object.values(tensors).some(({ dims }) => dims.length === 0)) return Symbol("alone");
  const shapes = Object.entries(tensors)
    .map(([name, { type, dims }]) => [name, type, ...dims.slice(1)])
    .sort(([a = ""], [b = ""]) => (a < b ? -1 : 1));
  return JSON.stringify([shapes, outputs]);
}

/** Results in order, at most so many under way. */
async function inTurn<T, R>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let i = next++; i < items.length; i = next++) {
      const item = items[i];
      if (item !== undefined) results[i] = await work(item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, lane));
  return results;
}

function overloaded(): Refusal {
  return new Refusal(503, "OVERLOADED", "more is asked than the model can answer", {
    retryAfter: RETRY_SECONDS,
  });
}
