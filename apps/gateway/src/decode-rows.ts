import { elementCount, type Tensor, type ValueInfo } from "@indicia/onnx/tensor";
import { z } from "zod";
import { BadRequest } from "./bad-request.js";
import { datatypeOf } from "./datatypes.js";
import { MAX_ROWS } from "./decode-request.js";
import type { Decoded } from "./infer.js";
import { parseRequest } from "./request-json.js";

/** Outputs named in one request at most. */
const MAX_OUTPUTS = 256;

const isList = (value: unknown): boolean => Array.isArray(value);
const requestSchema = z.strictObject({
  rows: z.custom<readonly unknown[]>(isList, "a list of rows"),
  outputs: z.array(z.string().max(1000)).max(MAX_OUTPUTS).optional(),
});

/**
 * Read `{"rows": [...]}`: a row is a list, nested as the input's axes or flat; a number where the input has no other
 * axis; for a model with several inputs an object with a value for each.
 *
 * @throws BadRequest
 */
export function decodeRows(body: Uint8Array, inputs: readonly ValueInfo[]): Decoded {
  const parsed = requestSchema.safeParse(parseRequest(body));
  if (!parsed.success) throw new BadRequest('a request is {"rows": [...]}, perhaps with "outputs": [names]');
  const { rows, outputs = null } = parsed.data;
  if (rows.length < 1 || rows.length > MAX_ROWS)
    throw new BadRequest(`a request takes 1 to ${MAX_ROWS} rows`, 413);
  const feeds: Record<string, Tensor> = {};
  for (const input of inputs) {
    const values = rows.map((row) =>
      isPlain(row) ? row[input.name] : inputs.length === 1 ? row : undefined,
    );
    feeds[input.name] = tensorOf(input, values);
  }
  const strange = rows.find((row) => isPlain(row) && Object.keys(row).length !== inputs.length);
  if (strange !== undefined) throw new BadRequest("a row names an input that the model does not have");
  return { feeds, rows: rows.length, outputs };
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function tensorOf({ name, type, dims }: ValueInfo, values: readonly unknown[]): Tensor {
  const datatype = datatypeOf(type);
  if (datatype === undefined) throw new BadRequest(`input "${name}" cannot be given as JSON`);
  const [first] = values;
  const shape = rowShape(first, dims?.slice(1) ?? null);
  if (shape === null) throw new BadRequest(`a row of input "${name}" takes ${said(dims)}`);
  const flat: unknown[] = [];
  const nested = shapeOf(first);
  for (const value of values) {
    if (!collect(value, nested, 0, flat))
      throw new BadRequest(`rows of input "${name}" differ in their shape`);
  }
  try {
    return { type: datatype.type, dims: [values.length, ...shape], data: datatype.fromJson(flat) };
  } catch (cause) {
    throw new BadRequest(
      `input "${name}": ${cause instanceof RangeError ? cause.message : "malformed"}`,
      400,
      {
        cause,
      },
    );
  }
}

/** What a row stands for: as it is nested, or as the model declares it where it is flat. */
function rowShape(
  row: unknown,
  declared: readonly (number | string | null)[] | null,
): readonly number[] | null {
  const nested = shapeOf(row);
  if (declared === null) return nested;
  const fits = declared.every((dim, axis) => typeof dim !== "number" || dim === nested[axis]);
  if (fits && nested.length === declared.length) return nested;
  const sizes = declared.filter((dim) => typeof dim === "number");
  if (nested.length > 1 || sizes.length !== declared.length) return null;
  return elementCount(sizes) === elementCount(nested) ? sizes : null;
}

function shapeOf(row: unknown): number[] {
  const shape: number[] = [];
  for (let value = row; Array.isArray(value); value = (value as readonly unknown[])[0])
    shape.push(value.length);
  return shape;
}

/** Append what a row holds; false where it is not nested as it should be. */
function collect(value: unknown, shape: readonly number[], axis: number, flat: unknown[]): boolean {
  if (axis === shape.length) {
    flat.push(value);
    return !Array.isArray(value);
  }
  if (!Array.isArray(value) || value.length !== shape[axis]) return false;
  if (axis < shape.length - 1) return value.every((each) => collect(each, shape, axis + 1, flat));
  for (const each of value) flat.push(each);
  return true;
}

function said(dims: ValueInfo["dims"]): string {
  return dims === null
    ? "a list"
    : `[${dims
        .slice(1)
        .map((dim) => dim ?? "?")
        .join(", ")}]`;
}
