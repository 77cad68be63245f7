import type { Graph, Node, TensorEntry } from "./model.js";
import type { ElementType, Tensor } from "./tensor.js";

/** Elements handed to an update at a time: 1 MiB of float32, which stays in the cache. */
export const VALUES_CHUNK: number = 256 * 1024;

/**
 * Changes a float tensor's numbers in place; called for consecutive runs. Numbers left alone keep their bytes.
 *
 * @param values a run of the tensor, float32
 * @param start linear index of its first number
 */
export type ValuesUpdate = (values: Float32Array, start: number) => void;

/** Where a thread finds an update: a module that calls `serveUpdates`, and data that say which update it is. */
export interface WorkerUpdate {
  readonly module: URL;
  /** Anything that can be posted to a thread; it is sent with every few MB, so large parts should be shared. */
  readonly data: unknown;
}

/** One change of a model. Edits refer to the opened model and leave it as it is. */
export type Edit =
  | {
      readonly kind: "values";
      readonly tensor: TensorEntry;
      readonly update: ValuesUpdate;
      /** The same update for threads, where it can be made there. */
      readonly worker?: WorkerUpdate;
    }
  | { readonly kind: "node-inputs"; readonly node: Node; readonly inputs: readonly string[] }
  | {
      readonly kind: "add-initializer";
      readonly graph: Graph;
      readonly name: string;
      readonly tensor: Tensor;
    }
  | {
      readonly kind: "add-output";
      readonly graph: Graph;
      readonly value: string;
      readonly type?: ElementType;
    };
