import type { EditableAttribute, EditableGraph, EditableNode } from "@indicia/onnx/to-spec";
import { decode, encode, graphsIn, graphsOf, liftInputs } from "./decode.js";
import { sorted } from "./graph-links.js";
import { type Random, random, type Seed } from "@indicia/autodiff/random";

export interface RenameOptions {
  /** Give every inner value, node and graph a name that says nothing. */
  readonly rename: boolean;
  /** Shuffle initialisers, and nodes as far as their order is free. */
  readonly reorder: boolean;
}

/** New names and another order; producer and metadata go. Names of inputs and outputs stay, or nothing would run. */
export function rename(bytes: Uint8Array, options: RenameOptions, seed: Seed): Uint8Array {
  const model = decode(bytes);
  liftInputs(model);
  const numbers = random(seed, "rename");
  if (options.rename) {
    renameAll(model, numbers);
    model.producer = "";
    model.metadata.clear();
  }
  if (options.reorder) for (const graph of graphsOf(model)) shuffle(graph, numbers);
  return encode(model);
}

function renameAll(model: EditableGraph, numbers: Random): void {
  const fixed = new Set([...model.inputs, ...model.outputs].map(({ name }) => name));
  const names = new Map<string, string>();
  // One name everywhere: graphs below may take values from above.
  const renamed = (name: string): string => {
    if (name === "" || fixed.has(name)) return name;
    const known = names.get(name) ?? freshName(fixed, numbers, names.size);
    names.set(name, known);
    return known;
  };
  for (const graph of graphsOf(model)) {
    graph.name = `g${numbers.below(2 ** 31).toString(36)}`;
    graph.inputs = graph.inputs.map((value) => ({ ...value, name: renamed(value.name) }));
    graph.outputs = graph.outputs.map((value) => ({ ...value, name: renamed(value.name) }));
    graph.initializers = new Map([...graph.initializers].map(([name, tensor]) => [renamed(name), tensor]));
    for (const node of graph.nodes) {
      node.name = `n${numbers.below(2 ** 31).toString(36)}`;
      node.inputs = node.inputs.map(renamed);
      node.outputs = node.outputs.map(renamed);
    }
  }
}

function freshName(known: ReadonlySet<string>, { below }: Random, count: number): string {
  for (;;) {
    const name = `v${below(2 ** 31).toString(36)}_${count}`;
    if (!known.has(name)) return name;
  }
}

function shuffle(graph: EditableGraph, { uniform, permutation }: Random): void {
  const stored = [...graph.initializers];
  graph.initializers = new Map([...permutation(stored.length)].flatMap((i) => stored.slice(i, i + 1)));
  const ranks = new Map(graph.nodes.map((node) => [node, uniform()]));
  graph.nodes = sorted(graph.nodes, taken, (node) => ranks.get(node) ?? 0);
}

/** What a node needs, graphs below it included. */
function taken({ inputs, attributes }: EditableNode): Set<string> {
  const names = new Set(inputs);
  for (const attribute of attributes.values()) for (const name of takenIn(attribute)) names.add(name);
  return names;
}

function* takenIn(attribute: EditableAttribute): Generator<string, void, void> {
  for (const inner of graphsIn(attribute)) {
    for (const graph of graphsOf(inner)) {
      for (const { inputs } of graph.nodes) yield* inputs;
      for (const { name } of graph.outputs) yield name;
    }
  }
}
