import path from "node:path";
import { NOT_A_MODEL, OnnxError } from "./error.js";
import { checkLocation, closeExternal } from "./external.js";
import { indexGraph, type IndexState } from "./index-graph.js";
import { MAX_MODEL_BYTES } from "./limits.js";
import type { Graph, OnnxModel, TensorEntry } from "./model.js";
import { type ByteSource, bytesSource, fileSource } from "./source.js";
import { fields, message, text } from "./wire.js";

export type { Graph, Node, OnnxModel, TensorEntry } from "./model.js";

/**
 * Index a model file. Its tensors are not loaded; the file stays open until `close`.
 *
 * @throws OnnxError ONNX_NOT_FOUND, ONNX_TRUNCATED, ONNX_MALFORMED, ONNX_TOO_LARGE, ONNX_TOO_DEEP, ONNX_LIMIT,
 *   ONNX_NO_GRAPH, TENSOR_SHAPE, TENSOR_SIZE, EXTERNAL_PATH
 */
export function openModel(file: string): OnnxModel {
  const source = fileSource(file);
  try {
    return indexModel(source, file, path.dirname(path.resolve(file)));
  } catch (error) {
    source.close();
    // Several files are read in one command, so the error has to say which of them it speaks of.
    if (error instanceof OnnxError)
      throw new OnnxError(error.code, `${path.basename(file)}: ${error.message}`, error.hint, {
        cause: error,
      });
    throw error;
  }
}

/**
 * Index a model in memory.
 *
 * @param options.directory where its external data lie, if it has any
 */
export function openModelBytes(bytes: Uint8Array, options: { readonly directory?: string } = {}): OnnxModel {
  return indexModel(bytesSource(bytes), null, options.directory ?? null);
}

function indexModel(source: ByteSource, file: string | null, directory: string | null): OnnxModel {
  if (source.size > MAX_MODEL_BYTES) {
    throw new OnnxError(
      "ONNX_TOO_LARGE",
      `the file has ${source.size} bytes; a protobuf message ends at ${MAX_MODEL_BYTES}`,
      "Store the weights as external data.",
    );
  }
  const state: IndexState = { source, graphs: [], tensors: [], ids: new Set(), nodes: 0 };
  let irVersion = 0;
  let producer = "";
  const opsets = new Map<string, number>();
  const mains: Graph[] = [];
  let functions = 0;
  for (const field of fields(source, { start: 0, end: source.size })) {
    if (field.number === 1 && field.wire === 0) irVersion = Number(BigInt.asIntN(64, field.value));
    else if (field.number === 2) producer = text(source, field, "producer name");
    else if (field.number === 8) readOpset(source, field, opsets);
    else if (field.number === 7)
      mains.push(indexGraph(state, { field, path: "", parent: null, around: [], depth: 0 }));
    else if (field.number === 25) {
      indexGraph(state, {
        field,
        path: `function:${functions++}`,
        parent: null,
        around: [],
        depth: 0,
        isFunction: true,
      });
    }
  }
  const [graph, ...more] = mains;
  if (graph === undefined) throw new OnnxError("ONNX_NO_GRAPH", "the file holds no graph", NOT_A_MODEL);
  if (more.length > 0)
    throw new OnnxError("ONNX_MALFORMED", "the file holds several main graphs", NOT_A_MODEL);
  return {
    source,
    path: file,
    directory,
    irVersion,
    opsets,
    producer,
    graph,
    graphs: state.graphs,
    tensors: state.tensors,
    externalFiles: externalFiles(state.tensors),
    close: () => {
      source.close();
      closeExternal(source);
    },
  };
}

function readOpset(
  source: ByteSource,
  field: Parameters<typeof message>[0],
  opsets: Map<string, number>,
): void {
  let domain = "";
  let version = 0;
  for (const part of fields(source, message(field, "opset import"))) {
    if (part.number === 1) domain = text(source, part, "opset domain");
    else if (part.number === 2 && part.wire === 0) version = Number(BigInt.asIntN(64, part.value));
  }
  opsets.set(domain, version);
}

function externalFiles(tensors: readonly TensorEntry[]): string[] {
  const names = new Set<string>();
  for (const { storage } of tensors) {
    if (storage.kind !== "external") continue;
    checkLocation(storage.location);
    names.add(storage.location);
  }
  return [...names].sort();
}
