import { buildModel } from "@indicia/onnx/build";
import { RuntimeError } from "./error.js";
import { openSession, type Session } from "./session.js";

type Floats = Float32Array | Float64Array;
type Shape = readonly [rows: number, columns: number];

/** Elements of a product: what one tensor of the runtime can hold. */
const MAX_ELEMENTS: number = 2 ** 30;

/** One session per element type, opened on first use and kept: opening costs more than a small product. */
const sessions = new Map<"float32" | "float64", Promise<Session>>();

/**
 * The matrix product a b by onnxruntime's MatMul, single-threaded and so repeatable on one machine.
 *
 * @param a row-major [m, k]
 * @param b row-major [k, n], of the same element type
 * @returns row-major [m, n], of the same element type
 * @throws RuntimeError INPUT_SHAPE where shapes and lengths do not agree, INPUT_TYPE where the types differ
 */
export function matmul(a: Float32Array, shapeA: Shape, b: Float32Array, shapeB: Shape): Promise<Float32Array>;
export function matmul(a: Float64Array, shapeA: Shape, b: Float64Array, shapeB: Shape): Promise<Float64Array>;
export async function matmul(a: Floats, shapeA: Shape, b: Floats, shapeB: Shape): Promise<Floats> {
  const [m, k] = shapeA;
  const [inner, n] = shapeB;
  if (inner !== k || a.length !== m * k || b.length !== k * n || m * n > MAX_ELEMENTS) {
    throw new RuntimeError(
      "INPUT_SHAPE",
      `cannot multiply [${shapeA.join(", ")}] of ${a.length} elements by [${shapeB.join(", ")}] of ${b.length}`,
      "The columns of the first must be the rows of the second.",
    );
  }
  const type = a instanceof Float32Array ? "float32" : "float64";
  if (m * n === 0 || k === 0) return type === "float32" ? new Float32Array(m * n) : new Float64Array(m * n);
  const session = await productSession(type);
  const { product } = await session.run({
    a: { type, dims: [m, k], data: a },
    b: { type: b instanceof Float32Array ? "float32" : "float64", dims: [k, n], data: b },
  });
  const data = product?.data;
  if (data instanceof Float32Array || data instanceof Float64Array) return data;
  throw new RuntimeError("OUTPUT_TYPE", "the product is no matrix of floats", "Reinstall onnxruntime-node.");
}

function productSession(type: "float32" | "float64"): Promise<Session> {
  const open = sessions.get(type);
  if (open !== undefined) return open;
  const opened = openSession(
    buildModel({
      inputs: [
        { name: "a", type, dims: ["m", "k"] },
        { name: "b", type, dims: ["k", "n"] },
      ],
      outputs: [{ name: "product", type, dims: ["m", "n"] }],
      nodes: [{ op: "MatMul", inputs: ["a", "b"], outputs: ["product"] }],
    }),
  );
  sessions.set(type, opened);
  return opened;
}
