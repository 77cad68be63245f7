import { concatRows, gatherRows, sliceRows, type Tensor } from "@indicia/onnx/tensor";
import { answeredRows } from "@indicia/runtime/run-rows";
import { Refusal } from "../defences/refusal.js";
import type { Runner } from "./batcher.js";

/** Seconds after which to try again where a thread ended: by then it runs again, unless it ended before. */
const RESTART_SECONDS = 2;

/** Rows of one request that are run together, perhaps with those of others. */
export interface Piece {
  /** Pieces of the same key may be run together. */
  readonly key: string | symbol;
  readonly feeds: Readonly<Record<string, Tensor>>;
  readonly rows: number;
  /** Rows that the feeds hold: more than `rows` where the model fixes how many. */
  readonly size: number;
  readonly outputs: readonly string[];
  /** Time of the process's clock at which it began to wait. */
  readonly since: number;
  readonly resolve: (answer: Record<string, Tensor>) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Run pieces at once, and give each its rows. Where that fails each is run alone.
 *
 * @param fixedRows rows of every run, or null for as many as there are
 */
export async function runPieces(
  runner: Pick<Runner, "run">,
  pieces: readonly Piece[],
  fixedRows: number | null,
): Promise<void> {
  try {
    const answers = await runTogether(runner, pieces, fixedRows);
    for (const [i, { resolve }] of pieces.entries()) resolve(answers[i] ?? {});
  } catch (error) {
    // What ended one thread may end the next: nobody's rows are tried again by us.
    if (isEnded(error)) {
      for (const piece of pieces) piece.reject(interrupted(error));
      return;
    }
    const [only, ...others] = pieces;
    if (others.length === 0) only?.reject(error);
    else for (const piece of pieces) await runPieces(runner, [piece], fixedRows);
  }
}

async function runTogether(
  runner: Pick<Runner, "run">,
  pieces: readonly Piece[],
  fixedRows: number | null,
): Promise<Record<string, Tensor>[]> {
  const [first, ...others] = pieces;
  if (first === undefined) return [];
  const joined = others.length === 0 ? first.feeds : joinFeeds(pieces);
  const rows = pieces.reduce((sum, { size }) => sum + size, 0);
  const size = Math.max(rows, fixedRows ?? 0);
  const results = await runner.run(size === rows ? joined : filled(joined, rows, size), first.outputs);
  const whole = Object.entries(results).map(
    ([name, tensor]) => [name, answeredRows(name, tensor, size)] as const,
  );
  let from = 0;
  return pieces.map((piece) => {
    const at = from;
    from += piece.size;
    if (piece.rows === size) return Object.fromEntries(whole);
    return Object.fromEntries(whole.map(([name, tensor]) => [name, sliceRows(tensor, at, at + piece.rows)]));
  });
}

function joinFeeds(pieces: readonly Piece[]): Record<string, Tensor> {
  const names = Object.keys(pieces[0]?.feeds ?? {});
  return Object.fromEntries(
    names.map((name) => [name, concatRows(pieces.flatMap(({ feeds }) => feeds[name] ?? []))]),
  );
}

/** Filled up by repeating the last row. */
function filled(feeds: Readonly<Record<string, Tensor>>, rows: number, size: number): Record<string, Tensor> {
  const order = Array.from({ length: size }, (_, i) => Math.min(i, rows - 1));
  return Object.fromEntries(
    Object.entries(feeds).map(([name, tensor]) => [
      name,
      tensor.dims.length === 0 ? tensor : gatherRows(tensor, order),
    ]),
  );
}

function isEnded(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "THREAD_ENDED";
}

function interrupted(cause: unknown): Refusal {
  return new Refusal(503, "MODEL_INTERRUPTED", "the model was interrupted, and is being started again", {
    retryAfter: RESTART_SECONDS,
    cause,
  });
}
