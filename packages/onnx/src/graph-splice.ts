import type { Edit } from "./edit.js";
import { ELEMENT_TYPES, type Tensor } from "./tensor.js";
import { type Splice, spliceBytes } from "./splice.js";
import { delimited, varintBytes } from "./wire.js";

const encoder = new TextEncoder();

/** The splices of edits of the graph itself. */
export function graphSplices(edit: Exclude<Edit, { kind: "values" }>): Splice[] {
  switch (edit.kind) {
    case "node-inputs": {
      const { inputRanges, enclosing } = edit.node;
      const bytes = concat(edit.inputs.map((name) => delimited(1, encoder.encode(name))));
      const end = enclosing.at(-1)?.content.end ?? 0;
      const [first = { start: end, end }, ...rest] = inputRanges;
      return [
        spliceBytes(first.start, first.end, bytes, enclosing),
        ...rest.map((range) => spliceBytes(range.start, range.end, new Uint8Array(0), enclosing)),
      ];
    }
    case "add-initializer":
      return append(edit.graph, delimited(5, tensorProto(edit.name, edit.tensor)));
    case "add-output": {
      const type = edit.type === undefined ? new Uint8Array(0) : delimited(2, tensorType(edit.type));
      return append(edit.graph, delimited(12, concat([delimited(1, encoder.encode(edit.value)), type])));
    }
  }
}

function append(graph: { readonly enclosing: Splice["enclosing"] }, bytes: Uint8Array): Splice[] {
  const end = graph.enclosing.at(-1)?.content.end ?? 0;
  return [spliceBytes(end, end, bytes, graph.enclosing)];
}

function tensorType(type: (typeof ELEMENT_TYPES)[number]): Uint8Array {
  return delimited(1, Uint8Array.from([8, ...varintBytes(ELEMENT_TYPES.indexOf(type))]));
}

/** TensorProto with raw_data; strings as string_data. */
export function tensorProto(name: string, { type, dims, data }: Tensor): Uint8Array {
  const content = ArrayBuffer.isView(data)
    ? [delimited(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength))]
    : data.map((each) => delimited(6, encoder.encode(each)));
  return concat([tensorHead(name, { type, dims }), ...content]);
}

/** Shape, element type and name of a TensorProto, to which its numbers are added. */
export function tensorHead(name: string, { type, dims }: Pick<Tensor, "type" | "dims">): Uint8Array {
  return concat([
    ...dims.map((dim) => Uint8Array.from([8, ...varintBytes(dim)])),
    Uint8Array.from([16, ...varintBytes(ELEMENT_TYPES.indexOf(type))]),
    delimited(8, encoder.encode(name)),
  ]);
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}
