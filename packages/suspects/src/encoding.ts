import { ELEMENT_TYPES, type ElementType, type Tensor, type ValueInfo } from "@indicia/onnx/tensor";
import { SuspectError } from "./error.js";
import { fitInputs } from "./fit-inputs.js";
import { filledBody } from "./json.js";
import { asObject, asText, objectsOf } from "./json-values.js";
import { encodeRows } from "./oip.js";
import { parseJson } from "./parse-json.js";
import type { EncodedRequest } from "./protocol.js";
import { tensorRecord } from "./tensor-record.js";

/** Body of the request for some rows. */
export type BodyEncoder = (inputs: Readonly<Record<string, Tensor>>) => EncodedRequest["body"];

/** Bodies do not say where they go. */
const ANYWHERE = new URL("http://anywhere.invalid/");

/**
 * How the requests of one record came to be, from what the record says of itself: the same inputs give the same bytes.
 *
 * @param noted the record's note of how to decode
 * @returns null where a record of before does not say so; it throws SUSPECT_INPUTS for inputs that were never to be asked
 * @throws SuspectError SUSPECT_PROTOCOL for a note that this program did not write
 */
export function recordedEncoder(noted: unknown): BodyEncoder | null {
  const { protocol, output, fixedRows, encoding } = asObject(noted) ?? {};
  if (encoding === undefined) return null;
  const { binary, inputs, request } = asObject(encoding) ?? {};
  switch (protocol) {
    case "oip": {
      const model = {
        infer: ANYWHERE,
        inputs: declared(inputs),
        output: typeof output === "string" ? output : null,
        binary: binary === true,
        fixed: typeof fixedRows === "number" ? fixedRows : null,
      };
      return (rows) => encodeRows(model, rows).body;
    }
    case "json": {
      const template = parseJson(new TextEncoder().encode(asText(request)), unknown);
      return (rows) => filledBody(template, rows);
    }
    case "onnx-black-box": {
      const taken = declared(inputs);
      return (rows) => tensorRecord(fitInputs(rows, taken));
    }
    default:
      throw unknown("its protocol is none");
  }
}

function declared(inputs: unknown): ValueInfo[] {
  return objectsOf(inputs).map(({ name, type, dims }) => ({
    name: asText(name),
    type: ELEMENT_TYPES.find((known): known is ElementType => known === type) ?? null,
    dims: Array.isArray(dims) ? dims.map((dim) => (typeof dim === "number" ? dim : null)) : null,
  }));
}

function unknown(reason: string): SuspectError {
  return new SuspectError(
    "SUSPECT_PROTOCOL",
    `the record does not say how its requests came to be: ${reason}`,
    "It was not written by this program, or was changed.",
  );
}
