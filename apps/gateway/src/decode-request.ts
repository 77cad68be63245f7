import { elementCount, type Tensor, type ValueInfo } from "@indicia/onnx/tensor";
import { z } from "zod";
import { BadRequest } from "./bad-request.js";
import { type Datatype, datatypeNamed } from "./datatypes.js";
import { parseRequest } from "./request-json.js";

/** Dimensions of an input at most. */
const MAX_RANK = 16;
/** Inputs and outputs named in one request at most. */
const MAX_TENSORS = 256;
/** Rows of one request: beyond this a client should send several. */
export const MAX_ROWS = 4096;

/** An inference request as its JSON part says it ("Inference Request JSON Object"). */
export interface InferRequest {
  readonly id: string | null;
  readonly feeds: Record<string, Tensor>;
  readonly rows: number;
  /** Outputs asked for, or null for all. */
  readonly outputs: readonly string[] | null;
  /** Whether outputs are wanted as bytes after the JSON. */
  readonly binary: boolean;
}

const parameters = z.record(z.string(), z.unknown()).optional();
const requestSchema = z.object({
  id: z.string().max(1000).optional(),
  parameters,
  inputs: z
    .array(
      z.object({
        name: z.string().max(1000),
        shape: z.array(z.int().min(0)).max(MAX_RANK),
        datatype: z.string().max(20),
        parameters,
        // Looked at one by one where they become numbers.
        data: z.custom<readonly unknown[]>(Array.isArray, "a list").optional(),
      }),
    )
    .min(1)
    .max(MAX_TENSORS),
  outputs: z
    .array(z.object({ name: z.string().max(1000), parameters }))
    .max(MAX_TENSORS)
    .optional(),
});

/**
 * Read a request against what the model takes.
 *
 * @param jsonLength bytes of JSON at the front; the rest are binary tensors in the order of the inputs
 * @throws BadRequest
 */
export function decodeRequest(
  body: Uint8Array,
  jsonLength: number,
  declared: readonly ValueInfo[],
): InferRequest {
  if (!Number.isSafeInteger(jsonLength) || jsonLength < 0 || jsonLength > body.length) {
    throw new BadRequest("Inference-Header-Content-Length does not fit the body");
  }
  const parsed = requestSchema.safeParse(parseRequest(body.subarray(0, jsonLength)));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new BadRequest(`${issue?.path.join(".") ?? "request"}: ${issue?.message ?? "malformed"}`);
  }
  const { data } = parsed;
  const feeds: Record<string, Tensor> = {};
  let offset = jsonLength;
  for (const input of data.inputs) {
    const known = declared.find(({ name }) => name === input.name);
    const datatype = datatypeNamed(input.datatype);
    if (known === undefined || Object.hasOwn(feeds, input.name))
      throw new BadRequest(`there is no free input "${input.name}"`);
    if (datatype === undefined || (known.type !== null && datatype.type !== known.type)) {
      throw new BadRequest(`input "${input.name}" does not take ${input.datatype}`);
    }
    checkShape(input, known);
    const size = input.parameters?.["binary_data_size"];
    if (size === undefined) feeds[input.name] = fromJson(input, datatype);
    else {
      feeds[input.name] = fromBinary(
        input,
        datatype,
        body.subarray(offset, offset + Number(size)),
        Number(size),
      );
      offset += Number(size);
    }
  }
  const missing = declared.find(({ name }) => !Object.hasOwn(feeds, name));
  if (missing !== undefined) throw new BadRequest(`input "${missing.name}" is missing`);
  return {
    id: data.id ?? null,
    feeds,
    rows: commonRows(feeds),
    outputs: data.outputs?.map(({ name }) => name) ?? null,
    binary:
      data.parameters?.["binary_data_output"] === true ||
      (data.outputs ?? []).some((output) => output.parameters?.["binary_data"] === true),
  };
}

interface Given {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data?: readonly unknown[] | undefined;
}

function checkShape({ name, shape }: Given, { dims }: ValueInfo): void {
  if (dims === null) return;
  const fits =
    shape.length === dims.length &&
    dims.every((dim, axis) => axis === 0 || typeof dim !== "number" || dim === shape[axis]);
  if (!fits)
    throw new BadRequest(
      `input "${name}" takes [${dims.map((dim) => dim ?? "?").join(", ")}], not [${shape.join(", ")}]`,
    );
}

function fromJson({ name, shape, data }: Given, datatype: Datatype): Tensor {
  if (data === undefined) throw new BadRequest(`input "${name}" has no data`);
  const flat = data.some(Array.isArray) ? (data as unknown[]).flat(MAX_RANK) : data;
  if (flat.length !== elementCount(shape))
    throw new BadRequest(`input "${name}" holds ${flat.length} numbers for [${shape.join(", ")}]`);
  try {
    return { type: datatype.type, dims: shape, data: datatype.fromJson(flat) };
  } catch (error) {
    throw new BadRequest(
      `input "${name}": ${error instanceof RangeError ? error.message : "malformed"}`,
      400,
      { cause: error },
    );
  }
}

function fromBinary({ name, shape }: Given, datatype: Datatype, bytes: Uint8Array, size: number): Tensor {
  if (bytes.length !== size || size !== datatype.bytes * elementCount(shape)) {
    throw new BadRequest(`input "${name}" has a binary size that does not fit [${shape.join(", ")}]`);
  }
  return { type: datatype.type, dims: shape, data: datatype.fromBytes(bytes) };
}

function commonRows(feeds: Readonly<Record<string, Tensor>>): number {
  const counts = new Set(Object.values(feeds).flatMap(({ dims }) => (dims.length > 0 ? [dims[0] ?? 0] : [])));
  const [rows = 1] = counts;
  if (counts.size > 1) throw new BadRequest("inputs differ in their number of rows");
  if (rows < 1 || rows > MAX_ROWS) throw new BadRequest(`a request takes 1 to ${MAX_ROWS} rows`, 413);
  return rows;
}
