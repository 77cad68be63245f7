import { writeSync } from "node:fs";
import type { ValuesUpdate } from "./edit.js";
import { readInto } from "./source.js";
import type { NumberRun } from "./splice.js";
import { updated } from "./values-splice.js";
import { serveTasks } from "./worker-pool.js";

/** A few MB to be copied from one file to another, and what to change of them on the way. */
export interface PieceTask {
  /** Open file and offset that is read. */
  readonly source: number;
  readonly from: number;
  /** Open file and offset that is written. */
  readonly target: number;
  readonly at: number;
  readonly length: number;
  /** Where the bytes are left for whoever hashes them. */
  readonly slot: SharedArrayBuffer;
  /** Null to copy the bytes as they are. */
  readonly update: (Pick<NumberRun, "tensor" | "firstIndex"> & { readonly data: unknown }) | null;
}

/** In a worker's module: serve `writeModelParallel`, with updates made from the data of a `WorkerUpdate`. */
export function serveUpdates(updateOf: (data: unknown) => ValuesUpdate): void {
  serveTasks((task: PieceTask): null => {
    const bytes = new Uint8Array(task.slot, 0, task.length);
    readInto(task.source, task.from, bytes);
    if (task.update !== null) {
      const { tensor, firstIndex, data } = task.update;
      if (tensor.type === "float32" && LITTLE_ENDIAN) {
        updateOf(data)(new Float32Array(task.slot, 0, task.length / 4), firstIndex);
      } else bytes.set(updated(bytes, firstIndex, tensor, updateOf(data)));
    }
    for (let done = 0; done < bytes.length; )
      done += writeSync(task.target, bytes, done, bytes.length - done, task.at + done);
    return null;
  });
}

const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
