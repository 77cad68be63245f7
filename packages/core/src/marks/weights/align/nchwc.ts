import { initializer } from "@indicia/onnx/navigate";
import type { OnnxModel } from "@indicia/onnx/open";
import type { MatrixShape } from "./matrix.js";

/** Channels that lie together in a convolution's weights; 1 where they are not blocked. */
export interface ChannelBlock {
  readonly outBlock: number;
  readonly innBlock: number;
}

/** Block sizes of onnxruntime's convolution kernels: AVX-512, AVX, and narrower machines. */
const BLOCK_SIZES = [16, 8, 4] as const;
/** Domain of operators that onnxruntime's layout optimiser puts in. */
const DOMAIN = "com.microsoft.nchwc";

/**
 * Weights that onnxruntime's layout optimiser may have reordered, by tensor id, with the orders to try: output channels
 * in blocks, and input channels in blocks as well where the input is blocked (onnxruntime, MlasReorderFilterOIHWBiBo and
 * MlasReorderFilterOIHWBo). Channels are padded to whole blocks, with zeros.
 */
export function channelBlocks(model: OnnxModel): Map<string, ChannelBlock[]> {
  const found = new Map<string, ChannelBlock[]>();
  for (const graph of model.graphs) {
    for (const node of graph.nodes) {
      if (node.domain !== DOMAIN || node.opType !== "Conv") continue;
      const tensor = initializer(graph, node.inputs[1] ?? "");
      if (tensor === null || tensor.dims.length < 3) continue;
      const [out = 0, inn = 0] = tensor.dims;
      const forms = BLOCK_SIZES.flatMap((block): ChannelBlock[] => {
        if (out % block !== 0) return [];
        const outAlone = { outBlock: block, innBlock: 1 };
        return inn % block === 0 ? [{ outBlock: block, innBlock: block }, outAlone] : [outAlone];
      });
      if (forms.length > 0) found.set(tensor.id, forms);
    }
  }
  return found;
}

/**
 * Blocked weights in canonical order.
 *
 * @param values in the order [out / Bo, inn / Bi, kernel, Bi, Bo]
 * @returns [out, inn, kernel]
 */
export function unblocked(values: Float32Array, shape: MatrixShape, form: ChannelBlock): Float32Array {
  const { out, inn, kernel } = shape;
  const { outBlock, innBlock } = form;
  const canonical = new Float32Array(values.length);
  let at = 0;
  for (let ob = 0; ob < out; ob += outBlock) {
    for (let ib = 0; ib < inn; ib += innBlock) {
      for (let k = 0; k < kernel; k++) {
        for (let i = ib; i < ib + innBlock; i++) {
          for (let o = ob; o < ob + outBlock; o++) canonical[(o * inn + i) * kernel + k] = values[at++] ?? 0;
        }
      }
    }
  }
  return canonical;
}
