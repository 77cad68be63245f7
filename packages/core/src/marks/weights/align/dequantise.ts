import { initializer } from "@indicia/onnx/navigate";
import type { Node, OnnxModel, TensorEntry } from "@indicia/onnx/open";
import { readTensor } from "@indicia/onnx/read-tensor";
import { elementCount, toFloat64 } from "@indicia/onnx/tensor";
import { storedIntegers, unpack } from "./stored-integers.js";

/** A stored tensor of integers that stands for real weights. */
export interface Quantised {
  readonly tensor: TensorEntry;
  /** Dims of the weights it stands for; of the tensor itself, but for packed forms. */
  readonly dims: readonly number[];
  /** Axis of output channels where the operator tells, else null. */
  readonly rowAxis: number | null;
  /** The weights, in the order of `dims`; null where the file does not hold what it should. */
  read(): Float32Array | null;
}

/** Where an operator takes integer weights, their scale and their zero point, and which axis holds channels. */
interface Slots {
  readonly weight: number;
  readonly scale: number | null;
  readonly zero: number | null;
  /** Axis of channels from the end; `transB` says that it is the first one then. */
  readonly axis: "first" | "last";
}

/** Operators on integers (ONNX, and the com.microsoft domain of onnxruntime). */
const OPERATORS: Readonly<Record<string, readonly Slots[]>> = {
  MatMulInteger: [{ weight: 1, scale: null, zero: 3, axis: "last" }],
  ConvInteger: [{ weight: 1, scale: null, zero: 3, axis: "first" }],
  QLinearMatMul: [{ weight: 3, scale: 4, zero: 5, axis: "last" }],
  QLinearConv: [{ weight: 3, scale: 4, zero: 5, axis: "first" }],
  NhwcQLinearConv: [{ weight: 3, scale: 4, zero: 5, axis: "first" }],
  QGemm: [{ weight: 3, scale: 4, zero: 5, axis: "last" }],
  DynamicQuantizeMatMul: [{ weight: 1, scale: 2, zero: 3, axis: "last" }],
  MatMulIntegerToFloat: [{ weight: 1, scale: 3, zero: 5, axis: "last" }],
  QAttention: [{ weight: 1, scale: 4, zero: 7, axis: "last" }],
  DynamicQuantizeLSTM: [
    { weight: 1, scale: 8, zero: 9, axis: "last" },
    { weight: 2, scale: 10, zero: 11, axis: "last" },
  ],
};

/** Every tensor of integers in a model that some operator takes as real weights. */
export function quantisedWeights(model: OnnxModel): Quantised[] {
  const found = new Map<string, Quantised>();
  for (const graph of model.graphs) {
    for (const node of graph.nodes) {
      for (const each of ofNode(model, node)) {
        if (!found.has(each.tensor.id)) found.set(each.tensor.id, each);
      }
    }
  }
  return [...found.values()];
}

function* ofNode(model: OnnxModel, node: Node): Generator<Quantised> {
  if (node.opType === "DequantizeLinear") {
    const tensor = initializer(node.graph, node.inputs[0] ?? "");
    if (tensor !== null) yield dequantizeLinear(model, node, tensor);
  }
  if (node.opType === "MatMulNBits") {
    const tensor = initializer(node.graph, node.inputs[1] ?? "");
    if (tensor !== null) yield matMulNBits(model, node, tensor);
  }
  for (const slots of OPERATORS[node.opType] ?? []) {
    const tensor = initializer(node.graph, node.inputs[slots.weight] ?? "");
    if (tensor === null) continue;
    const first = slots.axis === "first" || integer(node, "transB", 0) !== 0;
    const axis = first ? 0 : tensor.dims.length - 1;
    const inputs = {
      scale: slots.scale === null ? "" : (node.inputs[slots.scale] ?? ""),
      zero: slots.zero === null ? "" : (node.inputs[slots.zero] ?? ""),
    };
    yield {
      tensor,
      dims: tensor.dims,
      rowAxis: axis,
      read: () => affine(model, node, { tensor, axis, block: 0, ...inputs }),
    };
  }
}

function dequantizeLinear(model: OnnxModel, node: Node, tensor: TensorEntry): Quantised {
  const stated = integer(node, "axis", 1);
  const axis = stated < 0 ? stated + tensor.dims.length : stated;
  const [, scale = "", zero = ""] = node.inputs;
  const block = integer(node, "block_size", 0);
  return {
    tensor,
    dims: tensor.dims,
    rowAxis: null,
    read: () => affine(model, node, { tensor, axis, block, scale, zero }),
  };
}

interface Affine {
  readonly tensor: TensorEntry;
  readonly axis: number;
  /** Numbers along the axis that share a scale; 0 for one scale per channel or tensor. */
  readonly block: number;
  readonly scale: string;
  readonly zero: string;
}

/** (q - zero) * scale, per tensor, per channel or per block; a scale that is computed at run time counts as 1. */
function affine(
  model: OnnxModel,
  node: Node,
  { tensor, axis, block, scale, zero }: Affine,
): Float32Array | null {
  const values = storedIntegers(model, tensor);
  if (values === null) return null;
  const scales = numbers(model, node, scale) ?? Float64Array.of(1);
  const zeros = numbers(model, node, zero) ?? new Float64Array(scales.length);
  const dim = tensor.dims[axis] ?? 1;
  const inner = elementCount(tensor.dims.slice(axis + 1));
  const groups = block > 0 ? Math.ceil(dim / block) : dim;
  for (let i = 0; i < values.length; i++) {
    const along = Math.floor(i / inner) % dim;
    const outer = Math.floor(i / (inner * dim));
    const at = block > 0 ? (outer * groups + Math.floor(along / block)) * inner + (i % inner) : along;
    const s = scales.length === 1 ? scales[0] : scales[at];
    const z = zeros.length === 1 ? zeros[0] : zeros[at];
    values[i] = ((values[i] ?? 0) - (z ?? 0)) * (s ?? 0);
  }
  return values;
}

/**
 * MatMulNBits (com.microsoft): B as [N, blocks, bytes], each block of K with a scale and a packed zero point.
 */
function matMulNBits(model: OnnxModel, node: Node, tensor: TensorEntry): Quantised {
  const columns = integer(node, "K", 0);
  const rows = integer(node, "N", 0);
  const bits = integer(node, "bits", 4);
  const size = integer(node, "block_size", 32);
  return {
    tensor,
    dims: [rows, columns],
    rowAxis: 0,
    read: () => {
      const blocks = Math.ceil(columns / size);
      const packed = storedIntegers(model, tensor);
      const scales = numbers(model, node, node.inputs[2] ?? "");
      const valid = [2, 4, 8].includes(bits) && columns > 0 && rows > 0 && size > 0;
      if (!valid || packed === null || packed.length * 8 < rows * blocks * size * bits) return null;
      if (scales === null || scales.length < rows * blocks) return null;
      const all = unpack(Uint8Array.from(packed), rows * blocks * size, bits, false);
      const zeros = blockZeros(model, node, { rows, blocks, bits });
      const out = new Float32Array(rows * columns);
      for (let r = 0; r < rows; r++) {
        for (let c = 0; c < columns; c++) {
          const block = r * blocks + Math.floor(c / size);
          out[r * columns + c] =
            ((all[block * size + (c % size)] ?? 0) - (zeros[block] ?? 0)) * (scales[block] ?? 0);
        }
      }
      return out;
    },
  };
}

function blockZeros(
  model: OnnxModel,
  node: Node,
  { rows, blocks, bits }: { rows: number; blocks: number; bits: number },
): Float32Array {
  const middle = new Float32Array(rows * blocks).fill(2 ** (bits - 1));
  const entry = initializer(node.graph, node.inputs[3] ?? "");
  if (entry === null) return middle;
  if (entry.type !== "uint8") return Float32Array.from(numbers(model, node, node.inputs[3] ?? "") ?? middle);
  // Each row's zero points start at a whole byte.
  const bytes = Uint8Array.from(storedIntegers(model, entry) ?? []);
  const stride = Math.ceil((blocks * bits) / 8);
  for (let r = 0; r < rows; r++) {
    const row = unpack(bytes.subarray(r * stride, (r + 1) * stride), blocks, bits, false);
    middle.set(row, r * blocks);
  }
  return middle;
}

/** A stored list of numbers; null where it is computed or not there. */
function numbers(model: OnnxModel, node: Node, name: string): Float64Array | null {
  const entry = name === "" ? null : initializer(node.graph, name);
  if (entry === null) return null;
  const integers = storedIntegers(model, entry);
  return integers === null ? toFloat64(readTensor(model, entry)) : Float64Array.from(integers);
}

function integer(node: Node, name: string, fallback: number): number {
  const attribute = node.attributes.get(name);
  return attribute?.kind === "int" ? Number(attribute.value) : fallback;
}
