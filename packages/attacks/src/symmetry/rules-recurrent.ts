import type { EditableNode } from "@indicia/onnx/to-spec";
import { freezeNode } from "./freeze-node.js";
import { newAxis } from "./atoms.js";
import type { Analysis } from "./space.js";

const GATES: Readonly<Record<string, number>> = { LSTM: 4, GRU: 3, RNN: 1 };

/** Hidden units change places in every gate at once; the order of the gates stays. */
export function lstm(analysis: Analysis, node: EditableNode): void {
  const { axes, tie, freeze, change, values } = analysis;
  if (change !== "permute" || node.attributes.has("layout")) {
    freezeNode(analysis, node);
    return;
  }
  const [x = "", w = "", r = "", b = "", lengths = "", h0 = "", c0 = "", peepholes = ""] = node.inputs;
  const hidden = newAxis(values.get(r)?.dims[2] ?? 1);
  const several = (count: number): ReturnType<typeof newAxis> => {
    const order = newAxis(count);
    freeze(order);
    return [...order, ...hidden];
  };
  const gates = GATES[node.op] ?? 1;
  tie(axes(x)[2] ?? [], axes(w)[2] ?? []);
  tie(axes(w)[1] ?? [], several(gates));
  tie(axes(r)[1] ?? [], several(gates));
  tie(axes(r)[2] ?? [], hidden);
  if (b !== "") tie(axes(b)[1] ?? [], several(2 * gates));
  if (peepholes !== "") tie(axes(peepholes)[1] ?? [], several(3));
  for (const name of [h0, c0, ...node.outputs]) if (name !== "") tie(axes(name).at(-1) ?? [], hidden);
  // Steps, directions and rows keep their order.
  for (const name of [x, lengths, h0, c0, ...node.outputs])
    for (const axis of axes(name).slice(0, -1)) freeze(axis);
  for (const axis of axes(lengths)) freeze(axis);
  for (const name of [w, r, b, peepholes]) freeze(axes(name)[0] ?? []);
}
