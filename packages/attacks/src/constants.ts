import { decode, encode, graphsOf, liftInputs, liftNodes, node } from "./decode.js";
import { nothingToDo } from "./error.js";

export interface ConstantsOptions {
  /** Whether tensors become Constant nodes, or Constant nodes initialisers. */
  readonly to: "nodes" | "initialisers";
}

/**
 * Stored tensors change between the two ways of storing them, in every graph.
 *
 * @throws AttackError NOTHING_TO_DO where all are stored that way already
 */
export function constants(bytes: Uint8Array, { to }: ConstantsOptions): Uint8Array {
  const model = decode(bytes);
  liftInputs(model);
  let moved = 0;
  for (const graph of graphsOf(model)) {
    const outputs = new Set(graph.outputs.map(({ name }) => name));
    if (to === "nodes") {
      const made = [...graph.initializers]
        .filter(([name]) => !outputs.has(name))
        .map(([name, value]) => node("Constant", [], [name], { value }));
      for (const { outputs: names } of made) for (const name of names) graph.initializers.delete(name);
      graph.nodes.unshift(...made);
      moved += made.length;
    } else {
      const before = graph.nodes.length;
      liftNodes(graph, outputs);
      moved += before - graph.nodes.length;
    }
  }
  if (moved === 0) throw nothingToDo(to === "nodes" ? "initialisers" : "Constant nodes");
  return encode(model);
}
