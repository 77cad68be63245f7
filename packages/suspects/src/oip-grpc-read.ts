import { OnnxError } from "@indicia/onnx/error";
import { bytesSource, type ByteSource } from "@indicia/onnx/source";
import type { ValueInfo } from "@indicia/onnx/tensor";
import { type ByteRange, type Field, fields, message, text, varint } from "@indicia/onnx/wire";
import { elementTypeOf, rawValues } from "./datatypes.js";
import { notGrpc } from "./grpc.js";

/** Inputs or outputs of one model: real ones have a handful. */
const MAX_TENSORS = 1000;
/** Dimensions of a tensor. */
const MAX_RANK = 64;
/** Bytes of a name. */
const MAX_NAME = 1000;
/** Elements that stand one by one, each with a tag of its own; servers pack them. */
const MAX_UNPACKED = 1_000_000;
/** Elements of a list of whole numbers: sixteen rows of a million classes. */
const MAX_WHOLE = 16_000_000;

/** An output as an answer has it. */
export interface OutputTensor {
  readonly name: string;
  readonly datatype: string;
  readonly dims: readonly number[];
  /** Elements of its typed contents, or null where there are none of a kind that the datatype has. */
  readonly contents: Float64Array | string[] | null;
}

export interface InferResponse {
  readonly outputs: readonly OutputTensor[];
  /** `raw_output_contents`: bytes of each output, in their order; none where contents are typed. */
  readonly raw: readonly Uint8Array[];
}

/** The first field of a message as a truth, such as `live`; false where it is absent. @throws SuspectError SUSPECT_PROTOCOL */
export function readTruth(bytes: Uint8Array): boolean {
  return reading(bytes, (source, range) => {
    let truth = false;
    for (const field of fields(source, range)) if (field.number === 1) truth = field.value !== 0n;
    return truth;
  });
}

/** Inputs and outputs of a `ModelMetadataResponse`. @throws SuspectError SUSPECT_PROTOCOL */
export function readMetadata(bytes: Uint8Array): { inputs: ValueInfo[]; outputs: ValueInfo[] } {
  return reading(bytes, (source, range) => {
    const inputs: ValueInfo[] = [];
    const outputs: ValueInfo[] = [];
    for (const field of fields(source, range)) {
      if (field.number !== 4 && field.number !== 5) continue;
      const { name, datatype, shape } = readTensor(source, message(field, "a tensor"));
      const dims = shape.map((dim) => (dim >= 0 ? dim : null));
      bounded(field.number === 4 ? inputs : outputs, { name, type: elementTypeOf(datatype), dims });
    }
    return { inputs, outputs };
  });
}

/** Names of models in a `RepositoryIndexResponse` that are ready. @throws SuspectError SUSPECT_PROTOCOL */
export function readIndex(bytes: Uint8Array): string[] {
  return reading(bytes, (source, range) => {
    const names: string[] = [];
    for (const field of fields(source, range)) {
      if (field.number !== 1) continue;
      let name = "";
      let state = "";
      for (const part of fields(source, message(field, "a model"))) {
        if (part.number === 1) name = text(source, part, "a name", MAX_NAME);
        if (part.number === 3) state = text(source, part, "a state", MAX_NAME);
      }
      if (name !== "" && (state === "" || state === "READY")) bounded(names, name);
    }
    return [...new Set(names)];
  });
}

/** A `ModelInferResponse`. @throws SuspectError SUSPECT_PROTOCOL */
export function readInfer(bytes: Uint8Array): InferResponse {
  return reading(bytes, (source, range) => {
    const outputs: OutputTensor[] = [];
    const raw: Uint8Array[] = [];
    for (const field of fields(source, range)) {
      if (field.number === 5) {
        const { shape, ...tensor } = readTensor(source, message(field, "an output"));
        bounded(outputs, { ...tensor, dims: shape });
      } else if (field.number === 6) {
        const { start, end } = message(field, "an output's bytes");
        bounded(raw, bytes.subarray(start, end));
      }
    }
    return { outputs, raw };
  });
}

interface ReadTensor extends Omit<OutputTensor, "dims"> {
  readonly shape: number[];
}

function readTensor(source: ByteSource, range: ByteRange): ReadTensor {
  let name = "";
  let datatype = "";
  const shape: number[] = [];
  const contents: Field[] = [];
  for (const field of fields(source, range)) {
    if (field.number === 1) name = text(source, field, "a name", MAX_NAME);
    else if (field.number === 2) datatype = text(source, field, "a datatype", MAX_NAME);
    else if (field.number === 3) {
      for (const dim of varints(source, field)) bounded(shape, Number(BigInt.asIntN(64, dim)), MAX_RANK);
    } else if (field.number === 5) {
      for (const part of fields(source, message(field, "contents"))) bounded(contents, part, MAX_UNPACKED);
    }
  }
  return {
    name,
    datatype,
    shape,
    contents: contents.length === 0 ? null : valuesOf(source, datatype, contents),
  };
}

/** Elements of typed contents, packed or one by one; null where they are of no kind, or of several. */
function valuesOf(
  source: ByteSource,
  datatype: string,
  contents: readonly Field[],
): OutputTensor["contents"] {
  const [first] = contents;
  if (first === undefined || contents.some(({ number }) => number !== first.number)) return null;
  if ((datatype === "BYTES") !== (first.number === 8)) return null;
  if (first.number === 8) return contents.map((field) => text(source, field, "a text", MAX_NAME));
  if (first.number === 6 || first.number === 7) {
    if (contents.some(({ wire }) => wire === 0)) return null;
    const bytes = contents.map(({ content, end }) => source.read(content, end - content));
    return rawValues(Buffer.concat(bytes), first.number === 6 ? "FP32" : "FP64");
  }
  const read =
    datatype.startsWith("U") || datatype === "BOOL"
      ? Number
      : (value: bigint) => Number(BigInt.asIntN(64, value));
  const values: number[] = [];
  for (const field of contents)
    for (const value of varints(source, field)) bounded(values, read(value), MAX_WHOLE);
  return Float64Array.from(values);
}

/** Numbers of a repeated field, packed or a single one. */
function* varints(source: ByteSource, field: Field): Generator<bigint, void, void> {
  if (field.wire === 0) return yield field.value;
  const { start, end } = message(field, "a list of numbers");
  for (let at = start; at < end; ) {
    const { value, length } = varint(source, at, end);
    yield value;
    at += length;
  }
}

function bounded<T>(list: T[], element: T, most: number = MAX_TENSORS): void {
  if (list.push(element) > most) throw notGrpc(`its message holds more than ${most} of one kind`);
}

function reading<T>(bytes: Uint8Array, read: (source: ByteSource, range: ByteRange) => T): T {
  try {
    return read(bytesSource(bytes), { start: 0, end: bytes.length });
  } catch (error) {
    if (error instanceof OnnxError) throw notGrpc(`its message is broken, ${error.message}`);
    throw error;
  }
}
