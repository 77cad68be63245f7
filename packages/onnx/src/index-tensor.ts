import { NOT_A_MODEL, OnnxError } from "./error.js";
import { enclosingOf, type IndexState } from "./index-graph.js";
import { MAX_ELEMENTS, MAX_LOCATION_BYTES, MAX_RANK, MAX_TENSORS } from "./limits.js";
import type { Enclosing, Graph, Node, Storage, TensorEntry } from "./model.js";
import { ELEMENT_TYPES, elementCount, type ElementType } from "./tensor.js";
import { type ByteRange, type Field, fields, message, signed, text, varint } from "./wire.js";

/** Field numbers of TensorProto. */
const T = {
  dims: 1,
  type: 2,
  floats: 4,
  int32s: 5,
  strings: 6,
  int64s: 7,
  name: 8,
  raw: 9,
  doubles: 10,
  uint64s: 11,
  external: 13,
  location: 14,
} as const;

const TYPED: ReadonlyMap<number, Extract<Storage, { kind: "typed" }>["field"]> = new Map([
  [T.floats, "float_data"],
  [T.int32s, "int32_data"],
  [T.strings, "string_data"],
  [T.int64s, "int64_data"],
  [T.doubles, "double_data"],
  [T.uint64s, "uint64_data"],
]);

/** Bytes per element in raw_data; 4-bit types are packed two to a byte. */
export const RAW_BYTES: Partial<Record<ElementType, number>> = {
  float32: 4,
  uint8: 1,
  int8: 1,
  uint16: 2,
  int16: 2,
  int32: 4,
  int64: 8,
  bool: 1,
  float16: 2,
  float64: 8,
  uint32: 4,
  uint64: 8,
  complex64: 8,
  complex128: 16,
  bfloat16: 2,
};

export interface TensorPlace {
  readonly graph: Graph;
  readonly field: Field;
  readonly around: readonly Enclosing[];
  /** The value's name where it is not the tensor's own: the output of a Constant node. */
  readonly name: string | null;
  readonly constantNode: Node | null;
}

/** Index one TensorProto. */
export function indexTensor(state: IndexState, place: TensorPlace): TensorEntry {
  if (state.tensors.length >= MAX_TENSORS)
    throw new OnnxError("ONNX_LIMIT", `more than ${MAX_TENSORS} tensors`, NOT_A_MODEL);
  const { source } = state;
  const enclosing = [...place.around, enclosingOf(place.field)];
  const dims: number[] = [];
  const typed: {
    field: Extract<Storage, { kind: "typed" }>["field"];
    whole: ByteRange;
    part: ByteRange & { packed: boolean };
  }[] = [];
  const external = new Map<string, string>();
  let locationRange: TensorEntry["locationRange"] = null;
  let raw: ByteRange | null = null;
  let type: ElementType = "undefined";
  let own = "";
  let isExternal = false;
  for (const field of fields(source, message(place.field, "tensor"))) {
    const kind = TYPED.get(field.number);
    if (kind !== undefined) {
      const whole = { start: field.start, end: field.end };
      const start = field.wire === 2 ? field.content : field.afterTag;
      typed.push({ field: kind, whole, part: { start, end: field.end, packed: field.wire === 2 } });
    } else if (field.number === T.dims) {
      for (const dim of integers(state, field)) dims.push(dim);
    } else if (field.number === T.type && field.wire === 0)
      type = ELEMENT_TYPES[Number(field.value)] ?? "undefined";
    else if (field.number === T.name) own = text(source, field, "tensor name");
    else if (field.number === T.raw) raw = message(field, "raw data");
    else if (field.number === T.location && field.wire === 0) isExternal = field.value === 1n;
    else if (field.number === T.external) {
      const entry = keyValue(state, field);
      external.set(entry.key, entry.value);
      if (entry.key === "location" && entry.range !== null) {
        locationRange = { ...entry.range, enclosing: [...enclosing, enclosingOf(field)] };
      }
    }
  }
  checkDims(dims, own);
  const storage = isExternal ? externalStorage(external, own) : inlineStorage(raw, typed);
  const name = place.name ?? own;
  const entry: TensorEntry = {
    id: uniqueId(state, place.graph, name),
    name,
    graph: place.graph,
    type,
    dims,
    storage,
    constantNode: place.constantNode,
    enclosing,
    locationRange,
  };
  if (storage.kind === "raw") checkRawSize(entry, storage.range);
  state.tensors.push(entry);
  return entry;
}

/** Names are unique per graph; a file in which they are not still gets distinct ids. */
export function uniqueId(state: IndexState, graph: Graph, name: string): string {
  const base = graph.path === "" ? name : `${graph.path}/${name}`;
  let id = base;
  for (let i = 2; state.ids.has(id); i++) id = `${base}~${i}`;
  state.ids.add(id);
  return id;
}

function integers(state: IndexState, field: Field): number[] {
  if (field.wire === 0) return [Number(signed(field))];
  const range = message(field, "dimensions");
  if (range.end - range.start > 10 * MAX_RANK) throw tooManyDims();
  const values: number[] = [];
  for (let at = range.start; at < range.end; ) {
    const { value, length } = varint(state.source, at, range.end);
    values.push(Number(BigInt.asIntN(64, value)));
    at += length;
  }
  return values;
}

function keyValue(state: IndexState, field: Field): { key: string; value: string; range: ByteRange | null } {
  let key = "";
  let value = "";
  let range: ByteRange | null = null;
  for (const part of fields(state.source, message(field, "external data"))) {
    if (part.number === 1) key = text(state.source, part, "external data key", MAX_LOCATION_BYTES);
    else if (part.number === 2) {
      value = text(state.source, part, "external data value", MAX_LOCATION_BYTES);
      range = { start: part.start, end: part.end };
    }
  }
  return { key, value, range };
}

function checkDims(dims: readonly number[], name: string): void {
  if (dims.length > MAX_RANK) throw tooManyDims();
  const count = elementCount(dims);
  if (dims.some((dim) => !Number.isSafeInteger(dim) || dim < 0) || !(count <= MAX_ELEMENTS)) {
    throw new OnnxError("TENSOR_SHAPE", `tensor "${name}" has the shape [${dims.join(", ")}]`, NOT_A_MODEL);
  }
}

function tooManyDims(): OnnxError {
  return new OnnxError("TENSOR_SHAPE", `a tensor has more than ${MAX_RANK} dimensions`, NOT_A_MODEL);
}

function checkRawSize({ type, dims, name }: TensorEntry, range: ByteRange): void {
  const each = RAW_BYTES[type];
  const found = range.end - range.start;
  if (each === undefined || found === each * elementCount(dims)) return;
  throw new OnnxError(
    "TENSOR_SIZE",
    `tensor "${name}" of ${type} [${dims.join(", ")}] holds ${found} bytes`,
    NOT_A_MODEL,
  );
}

function externalStorage(entries: ReadonlyMap<string, string>, name: string): Storage {
  const location = entries.get("location");
  const offset = Number(entries.get("offset") ?? "0");
  const stated = entries.get("length");
  const length = stated === undefined ? null : Number(stated);
  const valid = (x: number): boolean => Number.isSafeInteger(x) && x >= 0;
  if (location === undefined || !valid(offset) || (length !== null && !valid(length))) {
    throw new OnnxError(
      "EXTERNAL_RANGE",
      `tensor "${name}" says badly where its external data lie`,
      NOT_A_MODEL,
    );
  }
  return { kind: "external", location, offset, length };
}

function inlineStorage(
  raw: ByteRange | null,
  typed: readonly {
    field: Extract<Storage, { kind: "typed" }>["field"];
    whole: ByteRange;
    part: ByteRange & { packed: boolean };
  }[],
): Storage {
  const [first] = typed;
  if (raw !== null) return { kind: "raw", range: raw };
  if (first === undefined) return { kind: "none" };
  const same = typed.filter(({ field }) => field === first.field);
  return {
    kind: "typed",
    field: first.field,
    fields: same.map(({ whole }) => whole),
    parts: same.map(({ part }) => part),
  };
}
