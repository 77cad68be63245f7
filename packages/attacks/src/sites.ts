import type { LooseModel, LooseNode } from "@indicia/onnx/decode";
import { floats, integerAttribute, uses } from "./loose.js";

/** A stored float matrix that one product or convolution takes in, and nothing else. */
export interface Site {
  readonly node: LooseNode;
  /** Name of the stored tensor. */
  readonly tensor: string;
  readonly kind: "matmul" | "gemm" | "conv";
  /** Axis of output channels, and of input channels; the others are taps. */
  readonly outAxis: number;
  readonly innAxis: number;
  readonly out: number;
  readonly inn: number;
}

/** All such sites of the main graph, in the order of its nodes. */
export function weightSites(model: LooseModel): Site[] {
  const count = uses(model);
  return model.nodes.flatMap((node): Site[] => {
    const tensor = node.inputs[1] ?? "";
    const stored = model.tensors.get(tensor);
    if (stored === undefined || floats(stored) === null || count.get(tensor) !== 1) return [];
    const { dims } = stored;
    const site = (kind: Site["kind"], outAxis: number): Site => {
      const innAxis = 1 - outAxis;
      return { node, tensor, kind, outAxis, innAxis, out: dims[outAxis] ?? 0, inn: dims[innAxis] ?? 0 };
    };
    if (node.op === "MatMul" && dims.length === 2) return [site("matmul", 1)];
    if (node.op === "Gemm" && dims.length === 2 && integerAttribute(node, "transA", 0) === 0)
      return [site("gemm", integerAttribute(node, "transB", 0) === 0 ? 1 : 0)];
    if (node.op === "Conv" && dims.length >= 3 && integerAttribute(node, "group", 1) === 1)
      return [site("conv", 0)];
    return [];
  });
}

/**
 * Walk over a stored tensor's numbers by channels.
 *
 * @param visit position, output channel, input channel
 */
export function walk(
  dims: readonly number[],
  { outAxis, innAxis }: Pick<Site, "outAxis" | "innAxis">,
  visit: (at: number, out: number, inn: number) => void,
): void {
  const strides = dims.map((_, axis) => dims.slice(axis + 1).reduce((product, dim) => product * dim, 1));
  const total = dims.reduce((product, dim) => product * dim, 1);
  const [so = 1, si = 1] = [strides[outAxis], strides[innAxis]];
  const [no = 1, ni = 1] = [dims[outAxis], dims[innAxis]];
  for (let at = 0; at < total; at++) visit(at, Math.floor(at / so) % no, Math.floor(at / si) % ni);
}

/** Root mean square per output channel, the unit in which changes are told. */
export function rowSpread(values: Float32Array, dims: readonly number[], site: Site): Float64Array {
  const squares = new Float64Array(site.out);
  walk(dims, site, (at, out) => {
    squares[out] = (squares[out] ?? 0) + (values[at] ?? 0) ** 2;
  });
  const width = values.length / site.out;
  return squares.map((square) => Math.sqrt(square / width));
}
