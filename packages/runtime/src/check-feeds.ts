import { elementCount, type Tensor, type ValueInfo } from "@indicia/onnx/tensor";
import { RuntimeError } from "./error.js";

/**
 * Check inputs against a model's declarations before the runtime sees them: names, types, number of axes, sizes,
 * and that the data fill the shape.
 *
 * @param options.anyRows leave axis 0 open even where the model fixes it
 * @throws RuntimeError INPUT_MISSING, INPUT_UNKNOWN, INPUT_TYPE, INPUT_SHAPE
 */
export function checkFeeds(
  inputs: readonly ValueInfo[],
  feeds: Readonly<Record<string, Tensor>>,
  options: { readonly anyRows?: boolean } = {},
): void {
  for (const name of Object.keys(feeds)) {
    if (inputs.some((input) => input.name === name)) continue;
    throw new RuntimeError(
      "INPUT_UNKNOWN",
      `the model has no input "${name}"`,
      `Its inputs: ${listed(inputs)}.`,
    );
  }
  for (const input of inputs) {
    const tensor = Object.hasOwn(feeds, input.name) ? feeds[input.name] : undefined;
    if (tensor === undefined) {
      throw new RuntimeError(
        "INPUT_MISSING",
        `no value for input "${input.name}"`,
        `Inputs: ${listed(inputs)}.`,
      );
    }
    checkOne(input, tensor, options.anyRows === true);
  }
}

function checkOne({ name, type, dims }: ValueInfo, tensor: Tensor, anyRows: boolean): void {
  if (type !== null && type !== tensor.type) {
    throw new RuntimeError(
      "INPUT_TYPE",
      `input "${name}" takes ${type}, the value is ${tensor.type}`,
      "Convert the value to the type that the model declares.",
    );
  }
  const count = elementCount(tensor.dims);
  if (tensor.dims.some((dim) => !Number.isInteger(dim) || dim < 0) || tensor.data.length !== count) {
    throw new RuntimeError(
      "INPUT_SHAPE",
      `input "${name}" has ${tensor.data.length} elements for shape [${tensor.dims.join(", ")}]`,
      "Give as many elements as the shape says.",
    );
  }
  const fits =
    dims === null ||
    (dims.length === tensor.dims.length &&
      dims.every(
        (dim, axis) => typeof dim !== "number" || dim === tensor.dims[axis] || (anyRows && axis === 0),
      ));
  if (fits) return;
  const expected = dims.map((dim, axis) => (anyRows && axis === 0 ? "rows" : (dim ?? "?"))).join(", ");
  throw new RuntimeError(
    "INPUT_SHAPE",
    `input "${name}" takes [${expected}], the value is [${tensor.dims.join(", ")}]`,
    "Reshape the value to what the model declares.",
  );
}

function listed(inputs: readonly ValueInfo[]): string {
  return inputs.map(({ name }) => `"${name}"`).join(", ");
}
