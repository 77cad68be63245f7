import { elementCount, sliceRows, type Tensor } from "@indicia/onnx/tensor";

/** Numbers in one request, about 10 MB of JSON; images go in smaller batches than tokens. */
const MAX_ELEMENTS = 500_000;

/** How rows are spread over requests. */
export interface Batching {
  readonly rows: number;
  /** Rows per request. */
  readonly step: number;
  /** Requests under way at once. */
  readonly concurrency: number;
  /** Whether the next request has to wait for the one before; asked again before each. */
  readonly alone: () => boolean;
}

/**
 * Call `one` for each batch, in order.
 *
 * @throws what the first failing call throws, after all calls have ended: none may write to a record that its owner
 *   has closed meanwhile
 */
export async function inBatches(
  { rows, step, concurrency, alone }: Batching,
  one: (from: number, to: number) => Promise<void>,
): Promise<void> {
  const open = Array.from({ length: Math.ceil(rows / step) }, (_, i) => i * step);
  const work = async (goOn: () => boolean): Promise<void> => {
    for (let from = open.shift(); from !== undefined; from = goOn() ? open.shift() : undefined) {
      try {
        await one(from, Math.min(from + step, rows));
      } catch (error) {
        open.length = 0;
        throw error;
      }
    }
  };
  if (alone()) await work(alone);
  const ended = await Promise.allSettled(Array.from({ length: concurrency }, () => work(() => true)));
  for (const each of ended) if (each.status === "rejected") throw each.reason;
}

/**
 * Rows that go into one request.
 *
 * @param maxRows that the endpoint takes
 * @param rows of `inputs`
 */
export function rowsPerRequest(
  maxRows: number,
  inputs: Readonly<Record<string, Tensor>>,
  rows: number,
): number {
  const elements = Object.values(inputs).reduce((sum, { dims }) => sum + elementCount(dims), 0);
  return Math.max(1, Math.min(maxRows, Math.floor((MAX_ELEMENTS * rows) / Math.max(1, elements))));
}

/** Rows `from` to `to` (exclusive) of every input; scalars belong to all of them. */
export function rowsOf(
  inputs: Readonly<Record<string, Tensor>>,
  from: number,
  to: number,
): Record<string, Tensor> {
  const parts = Object.entries(inputs).map(([name, tensor]): [string, Tensor] => [
    name,
    tensor.dims.length === 0 ? tensor : sliceRows(tensor, from, to),
  ]);
  return Object.fromEntries(parts);
}
