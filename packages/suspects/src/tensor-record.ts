import type { Tensor } from "@indicia/onnx/tensor";
import type { BatchAnswer } from "./answers.js";
import { datatypeOf, isWhole, rawBytes, rawValues } from "./datatypes.js";
import { SuspectError } from "./error.js";
import { asObject, objectsOf } from "./json-values.js";
import { parseJson } from "./parse-json.js";

const NEWLINE = 0x0a;

/**
 * Tensors as one body, for the record: a line of JSON that lists `name`, `datatype`, `shape` and `bytes` of each, sorted
 * by name, then their bytes in that order, as the binary extension of the Open Inference Protocol has them.
 *
 * @throws SuspectError SUSPECT_INPUTS for types that the record cannot hold
 */
export function tensorRecord(tensors: Readonly<Record<string, Tensor>>): Uint8Array {
  const parts = Object.entries(tensors)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, tensor]) => {
      const bytes = rawBytes(tensor);
      const head = { name, datatype: datatypeOf(tensor.type), shape: tensor.dims, bytes: bytes.length };
      return { head, bytes };
    });
  const line = new TextEncoder().encode(`${JSON.stringify(parts.map(({ head }) => head))}\n`);
  return Buffer.concat([line, ...parts.map(({ bytes }) => bytes)]);
}

/**
 * The first tensor of a record.
 *
 * @throws SuspectError SUSPECT_PROTOCOL for what is no record
 */
export function recordedTensor(body: Uint8Array): BatchAnswer {
  const end = body.indexOf(NEWLINE);
  const { datatype, dims, bytes } = headOf(body.subarray(0, Math.max(0, end)));
  const values = rawValues(body.subarray(end + 1, end + 1 + bytes), datatype);
  if (values === null) throw malformed("its numbers cannot be read");
  return { dims, values, whole: isWhole(datatype) };
}

interface Head {
  readonly datatype: string;
  readonly dims: readonly number[];
  readonly bytes: number;
}

/** The head that was read last: of a hundred thousand records of one suspect nearly all have the same. */
let last: { readonly line: Buffer; readonly head: Head } | null = null;

function headOf(line: Uint8Array): Head {
  if (last?.line.equals(line) === true) return last.head;
  const [first] = objectsOf(parseJson(line, malformed));
  const { datatype, shape, bytes } = asObject(first) ?? {};
  if (typeof datatype !== "string" || !Array.isArray(shape) || typeof bytes !== "number") {
    throw malformed("its head is incomplete");
  }
  const dims = shape.filter((dim) => typeof dim === "number");
  if (dims.length !== shape.length) throw malformed("its shape is none");
  const head = { datatype, dims, bytes };
  last = { line: Buffer.from(line), head };
  return head;
}

function malformed(reason: string): SuspectError {
  return new SuspectError(
    "SUSPECT_PROTOCOL",
    `the record of an answer cannot be read: ${reason}`,
    "It was not written by this program, or was changed.",
  );
}
