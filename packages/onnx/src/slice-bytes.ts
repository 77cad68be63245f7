import path from "node:path";
import { concat } from "./graph-splice.js";
import type { Node, OnnxModel, TensorEntry } from "./model.js";
import { rawLocation } from "./read-tensor.js";
import { ELEMENT_TYPES, type ElementType, type ValueInfo } from "./tensor.js";
import { type ByteRange, delimited, fields, varintBytes } from "./wire.js";

/** Tensors below this are copied: operators look at small ones while they are set up. */
const COPIED_BYTES = 4096;

/** Field numbers of onnx.proto. */
const MODEL = { irVersion: 1, graph: 7, opset: 8, functions: 25 } as const;
/** What a slice takes over from the whole model as it is. */
const KEPT: readonly number[] = [MODEL.irVersion, MODEL.opset, MODEL.functions];
const GRAPH = { node: 1, name: 2, initializer: 5, input: 11, output: 12 } as const;
const TENSOR = { dims: 1, type: 2, name: 8, external: 13, location: 14 } as const;
/** TensorProto.DataLocation.EXTERNAL. */
const EXTERNAL = 1;

/** What a slice is made of. */
export interface SliceParts {
  readonly nodes: readonly Node[];
  readonly initializers: readonly TensorEntry[];
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly types: ReadonlyMap<string, ElementType>;
}

/** The bytes of an .onnx file with some of a model's nodes; large tensors refer to the model's own files. */
export function sliceBytes(model: OnnxModel, parts: SliceParts): Uint8Array {
  const declared = new Map(model.graph.inputs.map((value) => [value.name, value]));
  const graph = concat([
    ...parts.nodes.map((node) => delimited(GRAPH.node, contentOf(model, node))),
    text(GRAPH.name, "slice"),
    ...parts.initializers.map((tensor) => delimited(GRAPH.initializer, tensorBytes(model, tensor))),
    ...parts.inputs.map((name) => {
      const value = declared.get(name) ?? { name, type: parts.types.get(name) ?? null, dims: null };
      return delimited(GRAPH.input, valueBytes(value));
    }),
    ...parts.outputs.map((name) => delimited(GRAPH.output, text(1, name))),
  ]);
  const whole = { start: 0, end: model.source.size };
  const kept = [...fields(model.source, whole)].filter((field) => KEPT.includes(field.number));
  return concat([...kept.map((field) => copyOf(model, field)), delimited(MODEL.graph, graph)]);
}

/** Bytes of a tensor's numbers in its file. */
export function rawBytes({ storage, enclosing }: TensorEntry): number {
  if (storage.kind === "external" && storage.length !== null) return storage.length;
  const content = enclosing.at(-1)?.content;
  return content === undefined ? 0 : content.end - content.start;
}

function contentOf(model: OnnxModel, part: { readonly enclosing: Node["enclosing"] }): Uint8Array {
  return copyOf(model, part.enclosing.at(-1)?.content ?? { start: 0, end: 0 });
}

function copyOf(model: OnnxModel, { start, end }: ByteRange): Uint8Array {
  return Uint8Array.from(model.source.read(start, end - start));
}

function tensorBytes(model: OnnxModel, tensor: TensorEntry): Uint8Array {
  const { storage } = tensor;
  if (storage.kind !== "external" && (storage.kind !== "raw" || rawBytes(tensor) < COPIED_BYTES))
    return contentOf(model, tensor);
  const place = rawLocation(model, tensor);
  if (place === null) throw new TypeError("raw and external tensors have a place in a file");
  const location = storage.kind === "external" ? storage.location : path.basename(model.path ?? "");
  const { start, end } = place.range;
  const entries = { location, offset: String(start), length: String(end - start) };
  return concat([
    ...tensor.dims.map((dim) => number(TENSOR.dims, dim)),
    number(TENSOR.type, ELEMENT_TYPES.indexOf(tensor.type)),
    text(TENSOR.name, tensor.name),
    ...Object.entries(entries).map(([key, value]) =>
      delimited(TENSOR.external, concat([text(1, key), text(2, value)])),
    ),
    number(TENSOR.location, EXTERNAL),
  ]);
}

const encoder = new TextEncoder();

function text(field: number, value: string): Uint8Array {
  return delimited(field, encoder.encode(value));
}

function number(field: number, value: number): Uint8Array {
  return Uint8Array.from([...varintBytes(field * 8), ...varintBytes(value)]);
}

/** ValueInfoProto of a tensor. */
export function valueBytes({ name, type, dims }: ValueInfo): Uint8Array {
  // Inner graphs may leave the types of their values to be inferred.
  if (type === null && dims === null) return text(1, name);
  const shape = dims === null ? [] : [delimited(2, concat(dims.map((dim) => delimited(1, dimension(dim)))))];
  const element = type === null ? [] : [number(1, ELEMENT_TYPES.indexOf(type))];
  return concat([text(1, name), delimited(2, delimited(1, concat([...element, ...shape])))]);
}

function dimension(dim: number | string | null): Uint8Array {
  if (dim === null) return new Uint8Array(0);
  return typeof dim === "number" ? number(1, dim) : text(2, dim);
}
