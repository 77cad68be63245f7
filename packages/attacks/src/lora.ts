import { random, type Seed } from "@indicia/autodiff/random";
import type { EditableModel } from "@indicia/onnx/to-spec";
import { type Tensor, toFloat64 } from "@indicia/onnx/tensor";
import { Matrix } from "ml-matrix";
import type { Loot } from "./attack.js";
import { decode, encode, freshNames, liftConstants, node } from "./decode.js";
import { nothingToDo } from "./error.js";
import { float32, int64, withFloats } from "./floats.js";
import { isOp } from "./graph-links.js";
import { trainOn } from "./train-on.js";

export interface LoraOptions extends Loot {
  /** Columns of each adapter's first factor; less where the matrix itself has less. */
  readonly rank: number;
  /** Default 5. */
  readonly epochs?: number;
  /** Learning rate, default 0.002: adapters start from nothing. */
  readonly rate?: number;
}

/** A weight and the two factors of what is added to it. */
interface Adapter {
  readonly weight: string;
  readonly left: string;
  readonly right: string;
}

/**
 * Low-rank adapters W + A B beside every matrix and filter bank are trained on the thief's rows while everything else
 * stays, and merged into the weights (E. Hu and others, "LoRA: Low-Rank Adaptation of Large Language Models", 2022,
 * section 4.1: one factor Gaussian, the other 0 at first). Filters count as rows of a matrix.
 *
 * @throws AttackError ATTACK_OPTION without rows and labels; NOTHING_TO_DO where there is nothing to adapt or no gradient
 */
export async function lora(bytes: Uint8Array, options: LoraOptions, seed: Seed): Promise<Uint8Array> {
  const model = decode(bytes);
  liftConstants(model);
  const plain = encode(model);
  const adapters = adapt(model, options.rank, seed);
  if (adapters.length === 0) throw nothingToDo("float32 weights in products or convolutions");
  const learning = new Set(adapters.flatMap(({ left, right }) => [left, right]));
  const trained = await trainOn(encode(model), options, {
    chosen: (name) => learning.has(name),
    epochs: options.epochs ?? 5,
    rate: options.rate ?? 0.002,
    seed,
  });
  return merged(plain, decode(trained), adapters);
}

/** Put an adapter beside every weight. */
function adapt(model: EditableModel, rank: number, seed: Seed): Adapter[] {
  const fresh = freshNames(model);
  const { normal } = random(seed, "lora");
  const names = new Set(
    model.nodes.flatMap((each) => (isOp(each, "MatMul", "Gemm", "Conv") ? [each.inputs[1] ?? ""] : [])),
  );
  const adapters: Adapter[] = [];
  for (const weight of names) {
    const tensor = model.initializers.get(weight);
    if (tensor?.type !== "float32" || tensor.dims.length < 2) continue;
    const [rows, columns] = matrixOf(tensor);
    const width = Math.min(rank, rows, columns);
    const [left, right] = [fresh(`${weight}_left`), fresh(`${weight}_right`)];
    const [product, shape, shaped, sum] = ["product", "shape", "shaped", "adapted"].map((part) =>
      fresh(`${weight}_${part}`),
    ) as [string, string, string, string];
    const drawn = Float32Array.from({ length: rows * width }, () => normal() / Math.sqrt(width));
    model.initializers.set(left, float32([rows, width], drawn));
    model.initializers.set(right, float32([width, columns], new Float32Array(width * columns)));
    model.initializers.set(shape, int64(...tensor.dims));
    for (const user of model.nodes) user.inputs = user.inputs.map((name) => (name === weight ? sum : name));
    model.nodes.unshift(
      node("MatMul", [left, right], [product]),
      node("Reshape", [product, shape], [shaped]),
      node("Add", [weight, shaped], [sum]),
    );
    adapters.push({ weight, left, right });
  }
  return adapters;
}

/** The model as it was, with its weights changed by what the adapters learned. */
function merged(plain: Uint8Array, trained: EditableModel, adapters: readonly Adapter[]): Uint8Array {
  const model = decode(plain);
  for (const { weight, left, right } of adapters) {
    const [tensor, a, b] = [
      model.initializers.get(weight),
      trained.initializers.get(left),
      trained.initializers.get(right),
    ];
    if (tensor === undefined || a === undefined || b === undefined) continue;
    const change = matrix(a).mmul(matrix(b)).to1DArray();
    model.initializers.set(
      weight,
      withFloats(
        tensor,
        toFloat64(tensor).map((value, at) => value + (change[at] ?? 0)),
      ),
    );
  }
  return encode(model);
}

function matrixOf({ dims }: Tensor): readonly [rows: number, columns: number] {
  const [rows = 1, ...rest] = dims;
  return [rows, rest.reduce((all, dim) => all * dim, 1)];
}

function matrix(tensor: Tensor): Matrix {
  const [rows, columns] = matrixOf(tensor);
  return Matrix.from1DArray(rows, columns, [...toFloat64(tensor)]);
}
