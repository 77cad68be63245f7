import { createHash } from "node:crypto";
import { buildModel } from "@indicia/onnx/build";
import { openModelBytes } from "@indicia/onnx/open";
import type { Tensor } from "@indicia/onnx/tensor";
import { toSpec } from "@indicia/onnx/to-spec";
import { AutodiffError } from "./error.js";

const KIND = "indicia training checkpoint 1";
/** Prefixes keep the state's names apart from the curve's. */
const STATE = "state:";
const LOSSES = "losses";

/** A training between two steps. */
export interface Checkpoint {
  /** Of the training that it belongs to, see {@link fingerprintOf}. */
  readonly fingerprint: string;
  /** Steps done. The order of the rows follows from it and the seed. */
  readonly step: number;
  /** Loss of every step done. */
  readonly losses: Float32Array;
  /** Parameters, running statistics and the optimiser's state. */
  readonly state: ReadonlyMap<string, Tensor>;
}

/** A checkpoint as bytes: tensors in an .onnx file without a graph. */
export function encodeCheckpoint({ fingerprint, step, losses, state }: Checkpoint): Uint8Array {
  return buildModel({
    inputs: [],
    outputs: [],
    nodes: [],
    initializers: new Map([
      [LOSSES, { type: "float32", dims: [losses.length], data: losses }],
      ...[...state].map(([name, tensor]): [string, Tensor] => [STATE + name, tensor]),
    ]),
    metadata: new Map([
      ["kind", KIND],
      ["fingerprint", fingerprint],
      ["step", String(step)],
    ]),
  });
}

/**
 * Read a checkpoint of the training that has this fingerprint and these state tensors.
 *
 * @throws AutodiffError CHECKPOINT_INVALID
 */
export function decodeCheckpoint(
  bytes: Uint8Array,
  fingerprint: string,
  like: ReadonlyMap<string, Tensor>,
): Checkpoint {
  const { initializers, metadata } = decoded(bytes);
  if (metadata.get("kind") !== KIND) throw invalid("these bytes are no checkpoint");
  if (metadata.get("fingerprint") !== fingerprint) throw invalid("the checkpoint is of another training");
  const step = Number(metadata.get("step"));
  const losses = initializers.get(LOSSES)?.data;
  if (!(losses instanceof Float32Array) || losses.length !== step) throw invalid("the checkpoint is damaged");
  const state = new Map<string, Tensor>();
  for (const [name, { type, dims }] of like) {
    const tensor = initializers.get(STATE + name);
    if (tensor === undefined || tensor.type !== type || tensor.dims.join() !== dims.join())
      throw invalid(`the checkpoint lacks "${name}"`);
    state.set(name, tensor);
  }
  return { fingerprint, step, losses, state };
}

/** SHA-256 of all that a training's bytes depend on, hex. */
export function fingerprintOf(parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${part.length}\n`).update(part);
  return hash.digest("hex");
}

function decoded(bytes: Uint8Array): Pick<ReturnType<typeof toSpec>, "initializers" | "metadata"> {
  try {
    return toSpec(openModelBytes(bytes));
  } catch (cause) {
    throw invalid("the checkpoint cannot be read", cause);
  }
}

function invalid(message: string, cause?: unknown): AutodiffError {
  return new AutodiffError("CHECKPOINT_INVALID", message, "Start the training anew.", { cause });
}
