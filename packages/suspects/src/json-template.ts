import { elementCount, sliceRows, type Tensor } from "@indicia/onnx/tensor";
import { jsonLeaves } from "./datatypes.js";
import { SuspectError } from "./error.js";
import { asObject } from "./json-values.js";

/** `$rows` and `$row` name an input, `$each` holds a template. */
const MARKERS = ["$rows", "$row", "$each"] as const;
type Marker = (typeof MARKERS)[number];

type Inputs = Readonly<Record<string, Tensor>>;

/** Whether a template stands for any input at all. */
export function hasPlaceholder(template: unknown): boolean {
  if (Array.isArray(template)) return template.some(hasPlaceholder);
  const marked = markerOf(template);
  if (marked !== null) return marked.marker === "$each" ? hasPlaceholder(marked.content) : true;
  return Object.values(asObject(template) ?? {}).some(hasPlaceholder);
}

/**
 * A template with its placeholders replaced. An object with the only member
 * - `{"$rows": "INPUT"}` becomes all rows of an input, as lists within lists of the input's shape;
 * - `{"$row": "INPUT"}` becomes one row: within `$each` the row it is at, elsewhere the first;
 * - `{"$each": TEMPLATE}` becomes a list with the template filled once per row.
 *
 * @returns plain JSON, in which 64-bit integers are bigint
 * @throws SuspectError SUSPECT_INPUTS for an input that there is not
 */
export function fillTemplate(template: unknown, inputs: Inputs): unknown {
  return fill(template, inputs, 0);
}

function fill(template: unknown, inputs: Inputs, row: number): unknown {
  if (Array.isArray(template)) return template.map((part) => fill(part, inputs, row));
  const marked = markerOf(template);
  if (marked !== null) return placed(marked, inputs, row);
  const object = asObject(template);
  if (object === null) return template;
  return Object.fromEntries(Object.entries(object).map(([name, part]) => [name, fill(part, inputs, row)]));
}

interface Marked {
  readonly marker: Marker;
  readonly content: unknown;
}

function placed({ marker, content }: Marked, inputs: Inputs, row: number): unknown {
  if (marker === "$each") {
    return Array.from({ length: rowCount(inputs) }, (_, each) => fill(content, inputs, each));
  }
  const name = String(content);
  const tensor = Object.hasOwn(inputs, name) ? inputs[name] : undefined;
  if (tensor === undefined) {
    throw new SuspectError(
      "SUSPECT_INPUTS",
      `the configuration's request names the input "${name.slice(0, 60)}", which the probes do not have`,
      `Name one of ${Object.keys(inputs).slice(0, 10).join(", ")}.`,
    );
  }
  if (marker === "$rows" || tensor.dims.length === 0) return nested(jsonLeaves(tensor), tensor.dims);
  return nested(jsonLeaves(sliceRows(tensor, row, row + 1)), tensor.dims.slice(1));
}

function markerOf(template: unknown): Marked | null {
  const object = asObject(template);
  const [name, ...others] = object === null ? [] : Object.keys(object);
  const marker = MARKERS.find((each) => each === name);
  if (object === null || marker === undefined || others.length > 0) return null;
  const content = object[marker];
  return marker === "$each" || typeof content === "string" ? { marker, content } : null;
}

function rowCount(inputs: Inputs): number {
  return Object.values(inputs).find(({ dims }) => dims.length > 0)?.dims[0] ?? 0;
}

function nested(flat: readonly unknown[], dims: readonly number[]): unknown {
  const [count, ...rest] = dims;
  if (count === undefined) return flat[0];
  if (rest.length === 0) return flat;
  const width = elementCount(rest);
  return Array.from({ length: count }, (_, i) => nested(flat.slice(i * width, (i + 1) * width), rest));
}
