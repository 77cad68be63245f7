import type { Tensor } from "@indicia/onnx/tensor";
import { openSession } from "@indicia/runtime/session";
import { backward } from "../backward.js";
import { type Builder, newBuilder } from "../builder.js";
import { inferShapes } from "../shapes.js";
import { type Feed, irregular } from "./irregular.js";

export interface GradientCase {
  readonly name: string;
  readonly feeds: Readonly<Record<string, Feed>>;
  /** Appends the forward graph; gives the name of its result. */
  readonly graph: (builder: Builder) => string;
  /**
   * "float64" where the runtime has the operator in double precision. "linear" is float32 for operators that are
   * linear, or piecewise so, in each input: differences over a wide step are then exact but for rounding. "formula"
   * runs the gradient in float32 and takes the differences of {@link formula} in double precision. "float32" is what
   * is left.
   */
  readonly precision?: "float64" | "linear" | "formula" | "float32";
  /** The result's element from the elements of the inputs at its place, for inputs of one shape. */
  readonly formula?: (...x: number[]) => number;
  /** Operator set, default 17. */
  readonly opset?: number;
  /** Whether the rule needs the shapes of its inputs, so that leaving them open is no test; default false. */
  readonly closed?: boolean;
}

/** Step of the differences and what they may be off by, relative to the largest. */
const PRECISIONS = {
  // Truncation of the fourth-order formula 1e-12, rounding 1e-16 / 1e-3.
  float64: { type: "float64", step: 1e-3, tolerance: 1e-8 },
  // No truncation; rounding 1e-7 / 1e-2 of sums of a few numbers.
  linear: { type: "float32", step: 1e-2, tolerance: 2e-4 },
  // As float64; the gradient itself is rounded to 1e-7.
  formula: { type: "float32", step: 1e-3, tolerance: 3e-6 },
  // Truncation 0.03^4, rounding 1e-7 / 0.03.
  float32: { type: "float32", step: 3e-2, tolerance: 1e-3 },
} as const;

/**
 * The largest difference between the gradients of a weighted sum of a case's result and central differences of it,
 * relative to the largest derivative, over the tolerance: at most 1 where the rule is right.
 *
 * @param open whether the sizes of inputs that are no weights are left open, or even their ranks
 */
export async function gradientError(test: GradientCase, open: boolean | "rank"): Promise<number> {
  const { type, step, tolerance } = PRECISIONS[test.precision ?? "float64"];
  const points = Object.fromEntries(
    Object.entries(test.feeds).map(([name, feed], at): [string, Tensor] => [name, tensorOf(feed, at, type)]),
  );
  const varied = Object.entries(test.feeds).flatMap(([name, feed]) => (feed.kind === "real" ? [name] : []));
  const builder = newBuilder({
    opset: test.opset ?? 17,
    inputs: Object.entries(points).flatMap(([name, tensor]) => {
      const feed = test.feeds[name];
      if (feed?.kind === "given") return [];
      const closed = !open || (feed?.kind === "real" && feed.weight);
      return [
        {
          name,
          type: tensor.type,
          dims: closed ? tensor.dims : open === "rank" ? null : tensor.dims.map(() => null),
        },
      ];
    }),
    initializers: new Map(Object.entries(points).filter(([name]) => test.feeds[name]?.kind === "given")),
  });
  const output = test.graph(builder);
  const feeds = Object.fromEntries(varied.map((name) => [name, pointOf(points, name)]));
  const plain = await openSession(builder.build([output]));
  const first = (await plain.run(feeds))[output];
  if (first === undefined) throw new RangeError("no result");
  const told = inferShapes(builder).get(output)?.dims ?? first.dims.map(() => "?");
  const contradicted = told.some((dim, axis) => typeof dim === "number" && dim !== first.dims[axis]);
  if (told.length !== first.dims.length || contradicted)
    throw new RangeError(`the shape was told to be [${told.join()}], it is [${first.dims.join()}]`);
  const factors = irregular(first.dims, 7, 0.5, 1.5);
  const loss = weightedSum(builder, output, { type, dims: first.dims, data: asType(type, factors) });
  const grads = backward(builder, loss, varied);
  const wanted = varied.flatMap((name) => grads.get(name) ?? []);
  const session = await openSession(builder.build([...wanted]));
  // The gradient of what is linear does not depend on all inputs.
  const taken = session.inputs.map(({ name }) => [name, pointOf(points, name)] as const);
  const results = await session.run(Object.fromEntries(taken));
  const evaluate = async (changed: Record<string, Tensor>): Promise<number> => {
    const data =
      test.formula === undefined ? (await plain.run(changed))[output]?.data : applied(test.formula, changed);
    return Array.from(data ?? [], Number).reduce((sum, y, i) => sum + y * (factors[i] ?? 0), 0);
  };
  let [error, scale] = [0, 1e-3];
  for (const name of varied) {
    const grad = results[grads.get(name) ?? ""];
    const point = pointOf(points, name);
    if (grad?.dims.join() !== point.dims.join())
      throw new RangeError(`gradient of ${name}: [${grad?.dims.join() ?? "none"}]`);
    for (let i = 0; i < point.data.length; i++) {
      const moved = (by: number): Promise<number> =>
        evaluate({ ...feeds, [name]: shifted(point, i, by, test.formula !== undefined) });
      const near = ((await moved(step)) - (await moved(-step))) / (2 * step);
      // Richardson's extrapolation: the error of second order cancels.
      const wide =
        test.precision === "linear"
          ? near
          : ((await moved(2 * step)) - (await moved(-2 * step))) / (4 * step);
      const slope = near + (near - wide) / 3;
      error = Math.max(error, Math.abs(slope - Number(grad.data[i])));
      scale = Math.max(scale, Math.abs(slope));
    }
  }
  await plain.close();
  await session.close();
  return error / scale / tolerance;
}

function weightedSum(builder: Builder, value: string, factors: Tensor): string {
  const name = builder.fresh("factors");
  builder.initializers.set(name, factors);
  return builder.add("ReduceSum", [builder.add("Mul", [value, name])], { keepdims: 0 });
}

function pointOf(points: Readonly<Record<string, Tensor>>, name: string): Tensor {
  const point = points[name];
  if (point === undefined) throw new RangeError(`no feed ${name}`);
  return point;
}

function tensorOf(feed: Feed, at: number, type: "float32" | "float64"): Tensor {
  if (feed.kind === "given") return feed.tensor;
  return { type, dims: feed.dims, data: asType(type, irregular(feed.dims, at, feed.low, feed.high)) };
}

function asType(type: "float32" | "float64", numbers: Float64Array): Float32Array | Float64Array {
  return type === "float32" ? Float32Array.from(numbers) : numbers;
}

function applied(formula: (...x: number[]) => number, feeds: Readonly<Record<string, Tensor>>): number[] {
  const [first, ...rest] = Object.values(feeds).map(({ data }) => Array.from(data, Number));
  return (first ?? []).map((x, i) => formula(x, ...rest.map((other) => other[i] ?? 0)));
}

function shifted(tensor: Tensor, index: number, by: number, double: boolean): Tensor {
  const data = Float64Array.from(tensor.data as ArrayLike<number>);
  data[index] = (data[index] ?? 0) + by;
  if (double) return { ...tensor, type: "float64", data };
  return { ...tensor, data: asType(tensor.type === "float32" ? "float32" : "float64", data) };
}
