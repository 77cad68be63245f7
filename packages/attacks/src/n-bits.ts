import { type Tensor, toFloat64 } from "@indicia/onnx/tensor";
import type { EditableModel } from "@indicia/onnx/to-spec";
import { decode, encode, freshNames, liftConstants, node } from "./decode.js";
import { badOption, nothingToDo } from "./error.js";
import { type Linear, linears, replaceLinear } from "./linears.js";

export interface NBitsOptions {
  readonly bits: 2 | 4 | 8;
  /** Inputs that share a scale: a power of two from 16 on. */
  readonly block: number;
  /** Whether levels lie around 0, or between the least and the largest weight of a block with a stored zero point. */
  readonly symmetric: boolean;
}

/**
 * Products become MatMulNBits of com.microsoft, whose weights are whole numbers of a few bits with a scale for each block
 * of inputs of each output.
 *
 * @throws AttackError NOTHING_TO_DO, ATTACK_OPTION
 */
export function nBits(bytes: Uint8Array, options: NBitsOptions): Uint8Array {
  const { block } = options;
  if (block < 16 || !Number.isInteger(Math.log2(block)))
    throw badOption("a block is a power of two from 16 on");
  const model = decode(bytes);
  liftConstants(model);
  const found = linears(model);
  if (found.length === 0) throw nothingToDo("products with weights");
  const fresh = freshNames(model);
  for (const linear of found) replaceProduct(model, linear, options, fresh);
  model.opsets.set("com.microsoft", 1);
  return encode(model);
}

function replaceProduct(
  model: EditableModel,
  linear: Linear,
  options: NBitsOptions,
  fresh: (base: string) => string,
): void {
  const [x = "", name = ""] = linear.node.inputs;
  const { inputs: K, outputs: N } = linear;
  const parts = packed(linear, options);
  const names = parts.map((tensor, i) => {
    const each = fresh(`${name}_${["packed", "scales", "zeros"][i]}`);
    model.initializers.set(each, tensor);
    return each;
  });
  const attributes = {
    K: BigInt(K),
    N: BigInt(N),
    bits: BigInt(options.bits),
    block_size: BigInt(options.block),
  };
  replaceLinear(model, linear, fresh, (output) => [
    node("MatMulNBits", [x, ...names], [output], attributes, "com.microsoft"),
  ]);
}

/**
 * Weights [N, blocks, block bits / 8], scales [N blocks] and, where they are not symmetric, zero points
 * [N ceil(blocks bits / 8)]; the first number in the lowest bits (onnxruntime, ContribOperators.md, MatMulNBits).
 */
function packed({ weights, inputs, outputs }: Linear, { bits, block, symmetric }: NBitsOptions): Tensor[] {
  const values = toFloat64(weights);
  const blocks = Math.ceil(inputs / block);
  const top = 2 ** bits - 1;
  const middle = 2 ** (bits - 1);
  const width = (block * bits) / 8;
  const zeroWidth = Math.ceil((blocks * bits) / 8);
  const data = new Uint8Array(outputs * blocks * width);
  const scales = new Float32Array(outputs * blocks);
  const zeros = new Uint8Array(outputs * zeroWidth);
  for (let n = 0; n < outputs; n++) {
    for (let b = 0; b < blocks; b++) {
      const rows = Array.from({ length: Math.min(block, inputs - b * block) }, (_, i) => b * block + i);
      const own = rows.map((k) => values[k * outputs + n] ?? 0);
      const [least, most] = [Math.min(0, ...own), Math.max(0, ...own)];
      // Around 0 there is one more level below than above.
      const span = symmetric ? Math.max(-least / middle, most / (middle - 1)) : (most - least) / top;
      const scale = Math.fround(span) || 1;
      const zero = symmetric ? middle : Math.round(-least / scale);
      scales[n * blocks + b] = scale;
      put(zeros, n * zeroWidth * 8 + b * bits, bits, zero);
      const start = (n * blocks + b) * width * 8;
      for (const [i, value] of own.entries())
        put(data, start + i * bits, bits, Math.min(top, Math.max(0, Math.round(value / scale) + zero)));
    }
  }
  return [
    { type: "uint8", dims: [outputs, blocks, width], data },
    { type: "float32", dims: [outputs * blocks], data: scales },
    ...(symmetric ? [] : [{ type: "uint8" as const, dims: [outputs * zeroWidth], data: zeros }]),
  ];
}

/** Write a few bits at a bit's place. */
function put(bytes: Uint8Array, at: number, bits: number, value: number): void {
  const index = at >> 3;
  bytes[index] = (bytes[index] ?? 0) | ((value & (2 ** bits - 1)) << (at & 7));
}
