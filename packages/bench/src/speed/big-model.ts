import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import path from "node:path";
import { concat } from "@indicia/onnx/graph-splice";
import { heavyWeights } from "./heavy-weights.js";
import { bytesField, fieldHeader, numberField } from "./protobuf.js";

/** Rows of weights made at a time: 4 MiB of them. */
const CHUNK_BYTES: number = 4 * 1024 ** 2;

/** Field numbers of onnx.proto. */
const MODEL = { irVersion: 1, producer: 2, graph: 7, opset: 8 } as const;
const GRAPH = { node: 1, name: 2, initializer: 5, input: 11, output: 12 } as const;
const TENSOR = { dims: 1, type: 2, name: 8, raw: 9, external: 13, location: 14 } as const;
const NODE = { input: 1, output: 2, name: 3, operator: 4 } as const;
/** TensorProto.DataType.FLOAT and TensorProto.DataLocation.EXTERNAL. */
const FLOAT = 1;
const EXTERNAL = 1;
const IR_VERSION = 8;
const OPSET = 17;

export interface BigModelOptions {
  /** Wanted size of the file, reached to within half a matrix. Default 500: 8 matrices, 512 MB. */
  readonly megabytes?: number;
  /** Each matrix is width x width, a Relu between two. Default 4,000. */
  readonly width?: number;
  /** Number of matrices, instead of what `megabytes` asks for. */
  readonly layers?: number;
  readonly seed?: number;
  /** Weights in a second file, `NAME.data`, beside the model. */
  readonly external?: boolean;
}

/**
 * Write a large valid model: x [rows, width] through its matrices to y [rows, width], float32. The bytes depend on the options
 * alone; memory stays small.
 *
 * @returns the files written
 */
export function writeBigModel(target: string, options: BigModelOptions = {}): string[] {
  const { megabytes = 500, width = 4000, seed = 7, external = false } = options;
  const dataFile = `${target}.data`;
  const bytes = 4 * width * width;
  const layers = options.layers ?? Math.max(1, Math.round((megabytes * 1e6) / bytes));
  const initializers = Array.from({ length: layers }, (_, layer) => {
    const location = external ? { file: path.basename(dataFile), offset: layer * bytes } : null;
    return { header: tensorHeader(`w${layer}`, width, bytes, location), weights: `${seed}/${layer}` };
  });
  const own = external ? 0 : bytes;
  const around = graphParts(layers, width);
  const graphLength =
    around.length +
    initializers.reduce((sum, { header }) => {
      const length = header.length + own;
      return sum + fieldHeader(GRAPH.initializer, length).length + length;
    }, 0);
  const files = external ? [target, dataFile] : [target];
  const temporary = files.map((file) => `${file}.tmp-${process.pid}`);
  const descriptors = temporary.map((file) => openSync(file, "w"));
  const [model = 0, data = model] = descriptors;
  try {
    writeSync(
      model,
      concat([numberField(MODEL.irVersion, IR_VERSION), bytesField(MODEL.producer, "indicia bench")]),
    );
    writeSync(
      model,
      concat([bytesField(MODEL.opset, numberField(2, OPSET)), fieldHeader(MODEL.graph, graphLength)]),
    );
    writeSync(model, around);
    for (const { header, weights } of initializers) {
      writeSync(model, concat([fieldHeader(GRAPH.initializer, header.length + own), header]));
      writeWeights(data, weights, width);
    }
    for (const descriptor of descriptors) fsyncSync(descriptor);
  } catch (error) {
    for (const file of temporary) rmSync(file, { force: true });
    throw error;
  } finally {
    for (const descriptor of descriptors) closeSync(descriptor);
  }
  for (const [i, file] of files.entries()) renameSync(temporary[i] ?? "", file);
  return files;
}

function writeWeights(descriptor: number, seed: string, width: number): void {
  const fill = heavyWeights({ seed, rows: width, columns: width });
  const step = Math.max(1, Math.floor(CHUNK_BYTES / (4 * width)));
  for (let row = 0; row < width; row += step) {
    const chunk = new Float32Array(Math.min(step, width - row) * width);
    fill(row, chunk);
    writeSync(descriptor, new Uint8Array(chunk.buffer));
  }
}

/** Everything of a TensorProto but its raw bytes, which come last. */
function tensorHeader(
  name: string,
  width: number,
  bytes: number,
  location: { readonly file: string; readonly offset: number } | null,
): Uint8Array {
  const entry = (key: string, value: string): Uint8Array =>
    bytesField(TENSOR.external, concat([bytesField(1, key), bytesField(2, value)]));
  return concat([
    numberField(TENSOR.dims, width),
    numberField(TENSOR.dims, width),
    numberField(TENSOR.type, FLOAT),
    bytesField(TENSOR.name, name),
    ...(location === null
      ? [fieldHeader(TENSOR.raw, bytes)]
      : [
          entry("location", location.file),
          entry("offset", String(location.offset)),
          entry("length", String(bytes)),
          numberField(TENSOR.location, EXTERNAL),
        ]),
  ]);
}

/** Nodes, inputs and outputs: x, w0 to m0, Relu to h0, ... to y. */
function graphParts(layers: number, width: number): Uint8Array {
  const parts = [bytesField(GRAPH.name, "big"), bytesField(GRAPH.input, valueInfo("x", width))];
  for (let layer = 0; layer < layers; layer++) {
    const last = layer === layers - 1;
    const product = last ? "y" : `m${layer}`;
    parts.push(node("MatMul", [layer === 0 ? "x" : `h${layer - 1}`, `w${layer}`], product));
    if (!last) parts.push(node("Relu", [product], `h${layer}`));
  }
  return concat([...parts, bytesField(GRAPH.output, valueInfo("y", width))]);
}

function node(operator: string, inputs: readonly string[], output: string): Uint8Array {
  const parts = inputs.map((input) => bytesField(NODE.input, input));
  const named = [bytesField(NODE.output, output), bytesField(NODE.name, `${operator}-${output}`)];
  return bytesField(GRAPH.node, concat([...parts, ...named, bytesField(NODE.operator, operator)]));
}

function valueInfo(name: string, width: number): Uint8Array {
  const rows = bytesField(1, bytesField(2, "rows"));
  const columns = bytesField(1, numberField(1, width));
  const tensor = concat([numberField(1, FLOAT), bytesField(2, concat([rows, columns]))]);
  return concat([bytesField(1, name), bytesField(2, bytesField(1, tensor))]);
}
