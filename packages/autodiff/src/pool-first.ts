import type { Builder } from "./builder.js";

/**
 * Let Relu follow a MaxPool rather than go before it, where nothing else takes what is between them: the same numbers,
 * and fewer of them to be rectified, forward and backward.
 */
export function poolFirst(builder: Builder): void {
  const { nodes } = builder;
  for (const [index, relu] of nodes.entries()) {
    const [between] = relu.outputs;
    const [input] = relu.inputs;
    if (relu.op !== "Relu" || between === undefined || input === undefined) continue;
    if (builder.outputs.some(({ name }) => name === between)) continue;
    const users = nodes.flatMap((node, at) => (node.inputs.includes(between) ? [at] : []));
    const pool = nodes[users[0] ?? -1];
    const [pooled] = pool?.outputs ?? [];
    if (users.length !== 1 || pool?.op !== "MaxPool" || pool.outputs.length !== 1 || pooled === undefined)
      continue;
    const raw = builder.fresh(`${pooled}.raw`);
    nodes[index] = { ...pool, inputs: [input], outputs: [raw] };
    nodes[users[0] ?? -1] = { ...relu, inputs: [raw], outputs: [pooled] };
  }
}
