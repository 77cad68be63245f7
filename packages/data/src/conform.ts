import { elementCount, sliceRows, type Tensor, type ValueInfo } from "@indicia/onnx/tensor";
import { castTensor } from "./cast.js";
import { DataError } from "./error.js";

export interface Conformed {
  readonly rows: number;
  readonly tensors: Record<string, Tensor>;
  /** What was changed or left out, one sentence each. */
  readonly notes: readonly string[];
}

/**
 * Fit arrays to a model's inputs: by name, or the only array to the only input; types converted where nothing but
 * float rounding is lost; every axis checked. The leading axis is the rows, also where the model fixes it (a batch
 * of 1, say); an input without axes is the same for every row.
 *
 * @param options.limit keep only the first rows
 * @param options.flat the arrays are [rows, columns] tables, to be folded into each input's declared shape
 * @throws DataError INPUT_MISSING, INPUT_SHAPE, INPUT_TYPE, INPUT_ROWS, DATA_EMPTY, DATA_NOT_FINITE
 */
export function conform(
  arrays: Readonly<Record<string, Tensor>>,
  inputs: readonly ValueInfo[],
  options: { readonly limit?: number; readonly flat?: boolean } = {},
): Conformed {
  const notes: string[] = [];
  const tensors: Record<string, Tensor> = {};
  let rows: number | null = null;
  for (const [input, array] of pair(arrays, inputs, notes)) {
    const shaped = checkShape(input, options.flat === true ? fold(array, input) : array);
    const perRow = shaped.dims.length > 0;
    const cut = perRow && options.limit !== undefined && options.limit < (shaped.dims[0] ?? 0);
    const cast = castTensor(cut ? sliceRows(shaped, 0, options.limit) : shaped, input);
    if (cast.note !== null) notes.push(cast.note);
    checkFinite(input.name, cast.tensor);
    tensors[input.name] = cast.tensor;
    if (!perRow) continue;
    const found = cast.tensor.dims[0] ?? 0;
    if (found === 0) throw empty(`input "${input.name}" has no rows`);
    if (rows !== null && rows !== found) {
      throw new DataError(
        "INPUT_ROWS",
        `input "${input.name}" has ${found} rows where another input has ${rows}`,
        "Give every input the same number of rows: axis 0 is the examples.",
      );
    }
    rows = found;
  }
  if (rows === null) throw empty("no input has rows");
  return { rows, tensors, notes };
}

function pair(
  arrays: Readonly<Record<string, Tensor>>,
  inputs: readonly ValueInfo[],
  notes: string[],
): [ValueInfo, Tensor][] {
  const names = Object.keys(arrays);
  const [input] = inputs;
  const [only] = Object.values(arrays);
  if (names.length === 1 && inputs.length === 1 && input !== undefined && only !== undefined)
    return [[input, only]];
  const pairs = inputs.map((wanted): [ValueInfo, Tensor] => {
    const array = Object.hasOwn(arrays, wanted.name) ? arrays[wanted.name] : undefined;
    if (array === undefined) {
      throw new DataError(
        "INPUT_MISSING",
        `no data for input "${wanted.name}"; the data have ${list(names)}`,
        `Name the arrays after the model's inputs: ${list(inputs.map(({ name }) => name))}.`,
      );
    }
    return [wanted, array];
  });
  for (const name of names) {
    if (!inputs.some((wanted) => wanted.name === name))
      notes.push(`"${name}" is no input of the model: left out`);
  }
  return pairs;
}

/** A table's row into the declared shape, where its length fits. */
function fold(table: Tensor, { dims }: ValueInfo): Tensor {
  const rows = table.dims[0] ?? 0;
  const inner = dims?.slice(1) ?? [];
  const sizes = inner.filter((dim): dim is number => typeof dim === "number");
  if (dims === null || dims.length === 0 || sizes.length !== inner.length) return table;
  return elementCount(sizes) === table.dims[1] ? { ...table, dims: [rows, ...sizes] } : table;
}

function checkShape({ name, dims }: ValueInfo, tensor: Tensor): Tensor {
  if (dims === null) return tensor;
  if (dims.length === 0 && elementCount(tensor.dims) === 1) return { ...tensor, dims: [] };
  const fits =
    dims.length === tensor.dims.length &&
    dims.every((dim, axis) => axis === 0 || typeof dim !== "number" || dim === tensor.dims[axis]);
  if (fits) return tensor;
  const expected = dims.map((dim, axis) => (axis === 0 ? "rows" : (dim ?? "?"))).join(", ");
  throw new DataError(
    "INPUT_SHAPE",
    `input "${name}" takes [${expected}], the data are [${tensor.dims.join(", ")}]`,
    "Reshape the array; axis 0 is the examples.",
  );
}

function checkFinite(name: string, { type, data }: Tensor): void {
  if (type !== "float32" && type !== "float64") return;
  for (let i = 0; i < data.length; i++) {
    if (Number.isFinite(data[i])) continue;
    throw new DataError(
      "DATA_NOT_FINITE",
      `input "${name}" has an element that is not a finite number (position ${i})`,
      "Remove the rows with NaN or infinity.",
    );
  }
}

function empty(what: string): DataError {
  return new DataError("DATA_EMPTY", what, "Give at least one row.");
}

function list(names: readonly string[]): string {
  return names.length === 0 ? "nothing" : names.map((name) => `"${name}"`).join(", ");
}
