import { NOT_A_MODEL, OnnxError } from "./error.js";
import { enclosingOf, type IndexState, indexGraph } from "./index-graph.js";
import { indexTensor } from "./index-tensor.js";
import { MAX_ATTRIBUTE_BYTES } from "./limits.js";
import type { Attribute, Enclosing, Graph, Node } from "./model.js";
import type { ByteSource } from "./source.js";
import { type ByteRange, type Field, fields, message, text, varint } from "./wire.js";

/** Field numbers of AttributeProto. */
const A = {
  name: 1,
  f: 2,
  i: 3,
  s: 4,
  t: 5,
  g: 6,
  floats: 7,
  ints: 8,
  strings: 9,
  graphs: 11,
  type: 20,
} as const;

/** What an attribute of a type holds where the field itself is left out, as proto3 writers do with zeros. */
const EMPTY: ReadonlyMap<number, Attribute> = new Map<number, Attribute>([
  [1, { kind: "float", value: 0 }],
  [2, { kind: "int", value: 0n }],
  [3, { kind: "string", value: "" }],
  [6, { kind: "floats", value: [] }],
  [7, { kind: "ints", value: [] }],
  [8, { kind: "strings", value: [] }],
]);

/** Read an attribute; tensors and graphs in it are indexed like any other. */
export function readAttribute(
  state: IndexState,
  place: {
    readonly node: Node;
    readonly field: Field;
    readonly around: readonly Enclosing[];
    readonly depth: number;
  },
): { name: string; attribute: Attribute } {
  const { source } = state;
  const { node, field } = place;
  const around = [...place.around, enclosingOf(field)];
  const parts = [...fields(source, message(field, "attribute"))];
  const nameField = parts.find(({ number }) => number === A.name);
  const name = nameField === undefined ? "" : text(source, nameField, "attribute name");
  const graphs: Graph[] = [];
  const numbers: (number | bigint)[] = [];
  const strings: string[] = [];
  const type = parts.find(({ number, wire }) => number === A.type && wire === 0);
  let attribute: Attribute = EMPTY.get(Number(type?.value ?? 0)) ?? { kind: "other" };
  for (const part of parts) {
    switch (part.number) {
      case A.f:
        attribute = { kind: "float", value: float32At(source, part) };
        break;
      case A.i:
        attribute = { kind: "int", value: BigInt.asIntN(64, part.value) };
        break;
      case A.s:
        attribute = { kind: "string", value: text(source, part, `attribute "${name}"`, MAX_ATTRIBUTE_BYTES) };
        break;
      case A.t: {
        const value = node.opType === "Constant" ? (node.outputs[0] ?? null) : null;
        const constantNode = node.opType === "Constant" ? node : null;
        const entry = indexTensor(state, {
          graph: node.graph,
          field: part,
          around,
          name: value,
          constantNode,
        });
        attribute = { kind: "tensor", value: entry };
        break;
      }
      case A.g:
      case A.graphs: {
        const label = `${node.graph.path}${node.graph.path === "" ? "" : "/"}${node.name || node.opType}#${node.index}.${name}`;
        const path = part.number === A.g ? label : `${label}[${graphs.length}]`;
        const parent = { graph: node.graph, node, attribute: name };
        graphs.push(indexGraph(state, { field: part, path, parent, around, depth: place.depth + 1 }));
        const [first] = graphs;
        attribute =
          part.number === A.g && first !== undefined
            ? { kind: "graph", value: first }
            : { kind: "graphs", value: graphs };
        break;
      }
      case A.floats:
        numbers.push(...floats(source, part));
        attribute = { kind: "floats", value: numbers };
        break;
      case A.ints:
        numbers.push(...ints(source, part));
        attribute = { kind: "ints", value: numbers };
        break;
      case A.strings:
        strings.push(text(source, part, `attribute "${name}"`, MAX_ATTRIBUTE_BYTES));
        attribute = { kind: "strings", value: strings };
        break;
      default:
    }
  }
  return { name, attribute };
}

function float32At(source: ByteSource, field: Field): number {
  const bytes = source.read(field.end - 4, 4);
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getFloat32(0, true);
}

function floats(source: ByteSource, field: Field): number[] {
  const bytes = held(
    source,
    field.wire === 2 ? { start: field.content, end: field.end } : { start: field.end - 4, end: field.end },
  );
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: Math.floor(bytes.length / 4) }, (_, i) => view.getFloat32(4 * i, true));
}

function ints(source: ByteSource, field: Field): bigint[] {
  if (field.wire === 0) return [BigInt.asIntN(64, field.value)];
  const range = message(field, "integers");
  held(source, range);
  const values: bigint[] = [];
  for (let at = range.start; at < range.end; ) {
    const { value, length } = varint(source, at, range.end);
    values.push(BigInt.asIntN(64, value));
    at += length;
  }
  return values;
}

function held(source: ByteSource, { start, end }: ByteRange): Uint8Array {
  if (end - start > MAX_ATTRIBUTE_BYTES) {
    throw new OnnxError(
      "ONNX_LIMIT",
      `an attribute is larger than ${MAX_ATTRIBUTE_BYTES} bytes`,
      NOT_A_MODEL,
    );
  }
  return source.read(start, end - start);
}
