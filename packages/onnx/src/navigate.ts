import type { Graph, Node, TensorEntry } from "./model.js";

interface Links {
  readonly producers: ReadonlyMap<string, Node>;
  readonly consumers: ReadonlyMap<string, readonly Node[]>;
  readonly initializers: ReadonlyMap<string, TensorEntry>;
}

const known = new WeakMap<Graph, Links>();

function linksOf(graph: Graph): Links {
  const found = known.get(graph);
  if (found !== undefined) return found;
  const producers = new Map<string, Node>();
  const users = new Map<string, Node[]>();
  for (const node of graph.nodes) {
    for (const output of node.outputs) if (output !== "") producers.set(output, node);
    for (const input of node.inputs) {
      if (input === "") continue;
      const list = users.get(input);
      if (list === undefined) users.set(input, [node]);
      else list.push(node);
    }
  }
  const initializers = new Map(graph.initializers.map((tensor) => [tensor.name, tensor]));
  const links = { producers, consumers: users, initializers };
  known.set(graph, links);
  return links;
}

/** The node of this graph that computes a value, or null: an input, an initialiser, or a value of an outer graph. */
export function producer(graph: Graph, value: string): Node | null {
  return linksOf(graph).producers.get(value) ?? null;
}

/** The nodes of this graph that take a value, once per use. */
export function consumers(graph: Graph, value: string): readonly Node[] {
  return linksOf(graph).consumers.get(value) ?? [];
}

/** The stored tensor behind a value: an initialiser of this graph or an outer one, or the output of a Constant node. */
export function initializer(graph: Graph, value: string): TensorEntry | null {
  for (let scope: Graph | null = graph; scope !== null; scope = scope.parent?.graph ?? null) {
    const { initializers, producers } = linksOf(scope);
    const stored = initializers.get(value);
    if (stored !== undefined) return stored;
    const node = producers.get(value);
    if (node !== undefined) return constantOf(node);
  }
  return null;
}

function constantOf(node: Node): TensorEntry | null {
  if (node.opType !== "Constant") return null;
  for (const attribute of node.attributes.values()) if (attribute.kind === "tensor") return attribute.value;
  return null;
}

/** Nodes from which a value is computed, nearest first, each once. */
export function* backTrace(graph: Graph, value: string): Generator<Node, void, void> {
  const seen = new Set<Node>();
  let front = [value];
  while (front.length > 0) {
    const next: string[] = [];
    for (const name of front) {
      const node = producer(graph, name);
      if (node === null || seen.has(node)) continue;
      seen.add(node);
      yield node;
      next.push(...node.inputs.filter((input) => input !== ""));
    }
    front = next;
  }
}
