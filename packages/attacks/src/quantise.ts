import type { LooseModel } from "@indicia/onnx/decode";
import type { Tensor } from "@indicia/onnx/tensor";
import { nothingToDo } from "./error.js";
import { float32, floats, freshName, node } from "./loose.js";
import { type Site, walk, weightSites } from "./sites.js";

/** Domain of onnxruntime's own operators. */
const MICROSOFT = "com.microsoft";

/** Weights as int8 behind DequantizeLinear. @param per one scale for the tensor, or one for each output channel */
export function int8(model: LooseModel, per: "tensor" | "channel"): LooseModel {
  needOpset(model, 13);
  for (const site of sitesOf(model)) {
    const values = floats(model.tensors.get(site.tensor));
    const dims = model.tensors.get(site.tensor)?.dims ?? [];
    if (values === null) continue;
    const { scales, q } = symmetric(values, dims, site, per);
    const names = ["q", "scale", "zero", "w"].map((part) => freshName(model, `${site.tensor}_${part}`));
    const [qName = "", scale = "", zero = "", w = ""] = names;
    model.tensors.delete(site.tensor);
    model.tensors.set(qName, { type: "int8", dims, data: q });
    const shape = per === "tensor" ? [] : [site.out];
    model.tensors.set(scale, float32(shape, scales));
    model.tensors.set(zero, { type: "int8", dims: shape, data: new Int8Array(scales.length) });
    const attributes = per === "tensor" ? {} : { axis: BigInt(site.outAxis) };
    model.nodes.unshift(node("DequantizeLinear", [qName, scale, zero], [w], { attributes }));
    site.node.inputs[1] = w;
  }
  return model;
}

/** Products of dynamically quantised activations and uint8 weights, as onnxruntime's dynamic quantiser writes them. */
export function dynamicInt8(model: LooseModel): LooseModel {
  needOpset(model, 11);
  const sites = sitesOf(model).filter(({ kind }) => kind === "matmul");
  if (sites.length === 0) throw nothingToDo("no MatMul with stored weights");
  for (const site of sites) {
    const stored = model.tensors.get(site.tensor);
    const values = floats(stored);
    if (stored === undefined || values === null) continue;
    const least = Math.min(0, ...extremes(values));
    const step = (Math.max(0, ...extremes(values)) - least) / 255 || 1;
    const zeroPoint = Math.round(-least / step);
    const [q, zero, scale, a, aScale, aZero, product, real, scales] = [
      "q",
      "zero",
      "scale",
      "a",
      "a_scale",
      "a_zero",
      "product",
      "real",
      "scales",
    ].map((part) => freshName(model, `${site.tensor}_${part}`)) as [
      string,
      string,
      string,
      string,
      string,
      string,
      string,
      string,
      string,
    ];
    const data = Uint8Array.from(values, (value) =>
      Math.min(255, Math.max(0, Math.round(value / step) + zeroPoint)),
    );
    model.tensors.delete(site.tensor);
    model.tensors.set(q, { type: "uint8", dims: stored.dims, data });
    model.tensors.set(zero, { type: "uint8", dims: [], data: Uint8Array.of(zeroPoint) });
    model.tensors.set(scale, float32([], Float32Array.of(step)));
    const [x = ""] = site.node.inputs;
    model.nodes.splice(
      model.nodes.indexOf(site.node),
      1,
      node("DynamicQuantizeLinear", [x], [a, aScale, aZero]),
      node("MatMulInteger", [a, q, aZero, zero], [product]),
      node("Cast", [product], [real], { attributes: { to: 1n } }),
      node("Mul", [aScale, scale], [scales]),
      node("Mul", [real, scales], site.node.outputs),
    );
  }
  return model;
}

/** MatMulNBits (com.microsoft), blocks along the input channels with a zero point each. @param bits 2, 4 or 8 */
export function blockQuantised(model: LooseModel, bits: 2 | 4 | 8, block: number): LooseModel {
  const sites = sitesOf(model).filter(({ kind }) => kind === "matmul");
  if (sites.length === 0) throw nothingToDo(`no MatMul with stored weights in blocks of ${block}`);
  model.opsets.set(MICROSOFT, 1);
  for (const site of sites) {
    const values = floats(model.tensors.get(site.tensor));
    if (values === null) continue;
    const packed = packBlocks(values, site, bits, block);
    const names = ["blocks", "scales", "zeros"].map((part) => freshName(model, `${site.tensor}_${part}`));
    model.tensors.delete(site.tensor);
    for (const [i, tensor] of packed.entries()) model.tensors.set(names[i] ?? "", tensor);
    site.node.op = "MatMulNBits";
    site.node.domain = MICROSOFT;
    site.node.inputs = [site.node.inputs[0] ?? "", ...names];
    site.node.attributes = {
      K: BigInt(site.inn),
      N: BigInt(site.out),
      bits: BigInt(bits),
      block_size: BigInt(block),
    };
  }
  return model;
}

function packBlocks(values: Float32Array, { out, inn }: Site, bits: number, block: number): Tensor[] {
  const blocks = Math.ceil(inn / block);
  const top = 2 ** bits - 1;
  const bytes = (block * bits) / 8;
  const zeroBytes = Math.ceil((blocks * bits) / 8);
  const q = new Uint8Array(out * blocks * bytes);
  const scales = new Float32Array(out * blocks);
  const zeros = new Uint8Array(out * zeroBytes);
  const place = (target: Uint8Array, at: number, value: number): void => {
    const bit = at * bits;
    target[bit >> 3] = (target[bit >> 3] ?? 0) | (value << (bit & 7));
  };
  for (let r = 0; r < out; r++) {
    for (let b = 0; b < blocks; b++) {
      const part = Float32Array.from(
        { length: block },
        (_, i) => (b * block + i < inn ? values[(b * block + i) * out + r] : 0) ?? 0,
      );
      const least = Math.min(0, ...part);
      const step = (Math.max(0, ...part) - least) / top || 1;
      const zero = Math.min(top, Math.round(-least / step));
      scales[r * blocks + b] = step;
      place(zeros.subarray(r * zeroBytes), b, zero);
      const target = q.subarray((r * blocks + b) * bytes);
      for (const [i, value] of part.entries())
        place(target, i, Math.min(top, Math.max(0, Math.round(value / step) + zero)));
    }
  }
  return [
    { type: "uint8", dims: [out, blocks, bytes], data: q },
    float32([out * blocks], scales),
    { type: "uint8", dims: [out * zeroBytes], data: zeros },
  ];
}

function symmetric(
  values: Float32Array,
  dims: readonly number[],
  site: Site,
  per: "tensor" | "channel",
): { scales: Float32Array; q: Int8Array } {
  const scales = new Float32Array(per === "tensor" ? 1 : site.out);
  const at = (out: number): number => (per === "tensor" ? 0 : out);
  walk(dims, site, (i, out) => {
    scales[at(out)] = Math.max(scales[at(out)] ?? 0, Math.abs(values[i] ?? 0) / 127);
  });
  for (const [i, scale] of scales.entries()) if (scale === 0) scales[i] = 1;
  const q = new Int8Array(values.length);
  walk(dims, site, (i, out) => {
    q[i] = Math.round((values[i] ?? 0) / (scales[at(out)] ?? 1));
  });
  return { scales, q };
}

function extremes(values: Float32Array): [number, number] {
  let [least, most] = [0, 0];
  for (const value of values) {
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  return [least, most];
}

function sitesOf(model: LooseModel): Site[] {
  const sites = weightSites(model);
  if (sites.length === 0)
    throw nothingToDo("no stored float matrix that a product or a convolution takes in");
  return sites;
}

/** Per-channel scales came with operator set 13; what is older is lifted, as converters do, where nothing else changed. */
function needOpset(model: LooseModel, version: number): void {
  if ((model.opsets.get("") ?? 0) < version) throw nothingToDo(`an operator set older than ${version}`);
}
