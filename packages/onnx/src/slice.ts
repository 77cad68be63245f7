import { rawBytes, type SliceParts, sliceBytes } from "./slice-bytes.js";
import type { Attribute, Graph, Node, OnnxModel, TensorEntry } from "./model.js";
import type { ElementType } from "./tensor.js";

/** A run of a model's nodes that can be executed by itself. */
export interface Slice {
  /** Values it takes: inputs of the model, and what earlier slices gave. */
  readonly inputs: readonly string[];
  /** Values it gives: those that later slices or the caller want. */
  readonly outputs: readonly string[];
  /** Bytes of the weights that it needs. */
  readonly bytes: number;
  /**
   * A model of these nodes alone. Its weights stay in the files of the whole model, as external data in its folder.
   *
   * @param types element types of values from earlier slices
   */
  build(types: ReadonlyMap<string, ElementType>): Uint8Array;
}

/**
 * Cut a model into slices of at most `mostBytes` of weights (more where a single node needs more), so that it can be
 * run with a part of its weights in memory at a time. What the wanted values do not need is left out.
 *
 * @param outputs names of values of the main graph
 * @returns in the order in which they have to run; null where the model is not in a file, or refers to values that
 *   are not plain nodes, inputs and initialisers
 */
export function sliceModel(model: OnnxModel, outputs: readonly string[], mostBytes: number): Slice[] | null {
  const { graph } = model;
  if (model.path === null || graph.nodes.some((node, i) => node.index !== i)) return null;
  const producers = new Map(graph.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const stored = new Map(graph.initializers.map((tensor) => [tensor.name, tensor]));
  const fed = new Set(graph.inputs.map(({ name }) => name).filter((name) => !stored.has(name)));
  const uses = new Map(graph.nodes.map((node) => [node, usedNames(node, graph)]));
  const needed = neededNodes(outputs, producers, uses);
  const known = (name: string): boolean => producers.has(name) || stored.has(name) || fed.has(name);
  const plain = [...needed].every((node) => uses.get(node)?.every(known) === true);
  if (!plain || !outputs.every((name) => producers.has(name))) return null;

  const groups = grouped(
    graph.nodes.filter((node) => needed.has(node) && !isConstant(node)),
    (node) => storedFor(uses.get(node) ?? [], stored, producers),
    mostBytes,
  );
  const lastUse = new Map<string, number>(outputs.map((name) => [name, groups.length]));
  for (const [i, { nodes }] of groups.entries()) {
    for (const node of nodes)
      for (const name of uses.get(node) ?? []) lastUse.set(name, Math.max(i, lastUse.get(name) ?? 0));
  }
  return groups.map(({ nodes, bytes }, i) => {
    const own = new Set(nodes.flatMap(({ outputs: names }) => names));
    const used = new Set(nodes.flatMap((node) => uses.get(node) ?? []));
    const parts: Omit<SliceParts, "types"> = {
      nodes: [...constantsOf(used, producers), ...nodes],
      initializers: [...used].flatMap((name) => stored.get(name) ?? []),
      inputs: [...used].filter((name) => !own.has(name) && !stored.has(name) && !constant(name, producers)),
      outputs: [...own].filter((name) => name !== "" && (lastUse.get(name) ?? 0) > i),
    };
    return {
      inputs: parts.inputs,
      outputs: parts.outputs,
      bytes,
      build: (types) => sliceBytes(model, { ...parts, types }),
    };
  });
}

function isConstant(node: Node): boolean {
  return node.opType === "Constant" && node.inputs.length === 0;
}

function constant(name: string, producers: ReadonlyMap<string, Node>): Node | null {
  const node = producers.get(name);
  return node !== undefined && isConstant(node) ? node : null;
}

/** Constants are repeated in every slice that uses them: operators want some of their inputs to be known early. */
function constantsOf(used: ReadonlySet<string>, producers: ReadonlyMap<string, Node>): Node[] {
  return [...used].flatMap((name) => constant(name, producers) ?? []);
}

/** Names of this graph that a node takes, by itself or inside its subgraphs. */
function usedNames(node: Node, graph: Graph): string[] {
  const names = new Set(node.inputs);
  const visit = (inner: Graph): void => {
    const local = new Set([
      ...inner.inputs.map(({ name }) => name),
      ...inner.initializers.map(({ name }) => name),
      ...inner.nodes.flatMap(({ outputs }) => outputs),
    ]);
    const mentioned = [
      ...inner.outputs.map(({ name }) => name),
      ...inner.nodes.flatMap((each) => usedNames(each, inner)),
    ];
    for (const name of mentioned) if (!local.has(name)) names.add(name);
  };
  for (const attribute of node.attributes.values()) for (const inner of graphsOf(attribute)) visit(inner);
  names.delete("");
  return graph === node.graph ? [...names] : [];
}

function graphsOf(attribute: Attribute): readonly Graph[] {
  if (attribute.kind === "graph") return [attribute.value];
  return attribute.kind === "graphs" ? attribute.value : [];
}

function neededNodes(
  outputs: readonly string[],
  producers: ReadonlyMap<string, Node>,
  uses: ReadonlyMap<Node, readonly string[]>,
): Set<Node> {
  const needed = new Set<Node>();
  const front = [...outputs];
  for (let name = front.pop(); name !== undefined; name = front.pop()) {
    const node = producers.get(name);
    if (node === undefined || needed.has(node)) continue;
    needed.add(node);
    front.push(...(uses.get(node) ?? []));
  }
  return needed;
}

function storedFor(
  names: readonly string[],
  stored: ReadonlyMap<string, TensorEntry>,
  producers: ReadonlyMap<string, Node>,
): { readonly name: string; readonly bytes: number }[] {
  return names.flatMap((name) => {
    const tensor = stored.get(name);
    if (tensor !== undefined) return [{ name, bytes: rawBytes(tensor) }];
    const content = constant(name, producers)?.enclosing.at(-1)?.content;
    return content === undefined ? [] : [{ name, bytes: content.end - content.start }];
  });
}

/** Nodes in order, cut where the weights of a group would exceed the limit. */
function grouped(
  nodes: readonly Node[],
  weightsOf: (node: Node) => readonly { readonly name: string; readonly bytes: number }[],
  mostBytes: number,
): { nodes: Node[]; bytes: number }[] {
  const groups: { nodes: Node[]; bytes: number }[] = [];
  let held = new Set<string>();
  for (const node of nodes) {
    const weights = weightsOf(node);
    const size = (from: ReadonlySet<string>): number =>
      weights.reduce((sum, { name, bytes }) => sum + (from.has(name) ? 0 : bytes), 0);
    let group = groups.at(-1);
    if (group === undefined || (group.bytes > 0 && size(held) > 0 && group.bytes + size(held) > mostBytes)) {
      group = { nodes: [], bytes: 0 };
      groups.push(group);
      held = new Set();
    }
    group.bytes += size(held);
    group.nodes.push(node);
    for (const { name } of weights) held.add(name);
  }
  return groups;
}
