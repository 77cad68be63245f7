import type { LooseModel } from "@indicia/onnx/decode";
import { elementCount, type Tensor } from "@indicia/onnx/tensor";
import { openSession } from "@indicia/runtime/session";
import { nothingToDo } from "./error.js";
import { float32, floats, freshName, node, put as bytesOf, replaceNode, taken } from "./loose.js";
import { seededRandom } from "./random.js";
import { type Site, weightSites } from "./sites.js";

/** Rows that ranges of activations are measured on. */
const CALIBRATION_ROWS = 16;

/**
 * QLinearMatMul and QLinearConv between QuantizeLinear and DequantizeLinear, as static quantisers write them. Ranges of
 * activations come from random inputs.
 *
 * @throws AttackError NOTHING_TO_DO where there is no such operator, or inputs are no floats of known size
 */
export async function quantisedOperators(bytes: Uint8Array, seed: number): Promise<Uint8Array> {
  const model = taken(bytes);
  const sites = weightSites(model).filter(({ kind }) => kind === "matmul" || kind === "conv");
  if ((model.opsets.get("") ?? 0) < 10 || sites.length === 0)
    throw nothingToDo("no MatMul or Conv to quantise");
  const ranges = await activationRanges(bytes, randomInputs(model, seed), [
    ...new Set(sites.flatMap(({ node: { inputs, outputs } }) => [inputs[0] ?? "", outputs[0] ?? ""])),
  ]);
  for (const site of sites) quantise(model, site, ranges);
  return bytesOf(model);
}

function randomInputs(model: LooseModel, seed: number): Record<string, Tensor> {
  const { normal } = seededRandom(`activations ${seed}`);
  return Object.fromEntries(
    model.inputs.map(({ name, type, dims }) => {
      if (type !== "float32" || dims === null) throw nothingToDo("inputs that are no floats of known size");
      const sizes = dims.map((dim, axis) =>
        axis === 0 ? CALIBRATION_ROWS : typeof dim === "number" ? dim : 1,
      );
      if (typeof dims[0] === "number") sizes[0] = dims[0];
      return [name, float32(sizes, Float32Array.from({ length: elementCount(sizes) }, normal))];
    }),
  );
}

interface Range {
  readonly scale: number;
  readonly zero: number;
}

async function activationRanges(
  bytes: Uint8Array,
  inputs: Record<string, Tensor>,
  names: readonly string[],
): Promise<Map<string, Range>> {
  const computed = names.filter((name) => inputs[name] === undefined);
  const session = await openSession(bytes, { taps: computed, optimisation: "disabled" });
  try {
    const seen = { ...inputs, ...(await session.run(inputs, computed)) };
    return new Map(
      names.map((name) => {
        let [least, most] = [0, 0];
        for (const value of floats(seen[name]) ?? []) {
          least = Math.min(least, value);
          most = Math.max(most, value);
        }
        const scale = (most - least) / 255 || 1;
        return [name, { scale, zero: Math.round(-least / scale) }];
      }),
    );
  } finally {
    await session.close();
  }
}

function quantise(model: LooseModel, site: Site, ranges: ReadonlyMap<string, Range>): void {
  const stored = model.tensors.get(site.tensor);
  const values = floats(stored);
  const [x = "", , bias = ""] = site.node.inputs;
  const [y = ""] = site.node.outputs;
  const [from, to] = [ranges.get(x), ranges.get(y)];
  if (stored === undefined || values === null || from === undefined || to === undefined) return;
  const step = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / 127 || 1;
  const add = (part: string, tensor: Tensor): string => {
    const name = freshName(model, `${site.tensor}_${part}`);
    model.tensors.set(name, tensor);
    return name;
  };
  const scalar = (part: string, value: number): string => add(part, float32([], Float32Array.of(value)));
  const zero = (part: string, value: number): string =>
    add(part, { type: "uint8", dims: [], data: Uint8Array.of(value) });
  model.tensors.delete(site.tensor);
  const weights = add("q", {
    type: "int8",
    dims: stored.dims,
    data: Int8Array.from(values, (w) => Math.round(w / step)),
  });
  const inputs = [scalar("x_scale", from.scale), zero("x_zero", from.zero)];
  const outputs = [scalar("y_scale", to.scale), zero("y_zero", to.zero)];
  const own = [
    weights,
    scalar("w_scale", step),
    add("w_zero", { type: "int8", dims: [], data: Int8Array.of(0) }),
  ];
  const [quantised, product] = ["x_q", "y_q"].map((part) => freshName(model, `${site.tensor}_${part}`)) as [
    string,
    string,
  ];
  const biases = bias === "" ? [] : [biasOf(model, bias, from.scale * step, add)];
  const op = site.kind === "conv" ? "QLinearConv" : "QLinearMatMul";
  replaceNode(
    model,
    site.node,
    node("QuantizeLinear", [x, ...inputs], [quantised]),
    node(op, [quantised, ...inputs, ...own, ...outputs, ...biases], [product], {
      attributes: site.node.attributes,
    }),
    node("DequantizeLinear", [product, ...outputs], [y]),
  );
}

function biasOf(
  model: LooseModel,
  name: string,
  scale: number,
  add: (part: string, tensor: Tensor) => string,
): string {
  const values = floats(model.tensors.get(name)) ?? new Float32Array(0);
  const data = Int32Array.from(values, (value) => Math.round(value / scale));
  return add("bias", { type: "int32", dims: [data.length], data });
}
