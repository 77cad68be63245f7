import type { EditableGraph, EditableModel, EditableNode } from "@indicia/onnx/to-spec";
import type { Tensor } from "@indicia/onnx/tensor";
import { captured, isStandard } from "./decode.js";

/** Who makes and who takes the values of the main graph, as it was when asked. */
export interface Links {
  readonly producer: (value: string) => EditableNode | undefined;
  readonly consumers: (value: string) => readonly EditableNode[];
  /** The only taker of a value that nothing else needs: no output, no subgraph, no second use. */
  readonly soleConsumer: (value: string | undefined) => EditableNode | undefined;
  /** A stored tensor that only one node takes, once. */
  readonly ownTensor: (node: EditableNode, input: number) => Tensor | undefined;
}

export function linksOf(graph: EditableGraph): Links {
  const producers = new Map<string, EditableNode>();
  const users = new Map<string, EditableNode[]>();
  for (const node of graph.nodes) {
    for (const output of node.outputs) producers.set(output, node);
    for (const input of node.inputs) {
      const list = users.get(input);
      if (list === undefined) users.set(input, [node]);
      else list.push(node);
    }
  }
  const needed = new Set([...graph.outputs.map(({ name }) => name), ...captured(graph)]);
  const consumers = (value: string): readonly EditableNode[] => users.get(value) ?? [];
  const soleConsumer = (value = ""): EditableNode | undefined => {
    const [only, ...more] = consumers(value);
    return needed.has(value) || more.length > 0 ? undefined : only;
  };
  return {
    producer: (value) => producers.get(value),
    consumers,
    soleConsumer,
    ownTensor: (node, input) => {
      const name = node.inputs[input];
      return name !== undefined && soleConsumer(name) === node ? graph.initializers.get(name) : undefined;
    },
  };
}

/** A node of the standard operator set. */
export function isOp(node: EditableNode | undefined, ...ops: readonly string[]): node is EditableNode {
  return node !== undefined && isStandard(node) && ops.includes(node.op);
}

/** Put nodes in the place of others, whose position is that of the first. */
export function replace(
  graph: EditableGraph,
  old: readonly EditableNode[],
  ...fresh: readonly EditableNode[]
): void {
  const [first] = old;
  graph.nodes = graph.nodes.flatMap((node) => (node === first ? fresh : old.includes(node) ? [] : [node]));
}

/** Forget initialisers that no node takes any more. */
export function sweep(model: EditableModel): void {
  const used = new Set([...captured(model), ...model.outputs.map(({ name }) => name)]);
  for (const { inputs } of model.nodes) for (const name of inputs) used.add(name);
  for (const name of model.initializers.keys()) if (!used.has(name)) model.initializers.delete(name);
}

/** Nodes in an order in which each comes after what it takes; ties go by `rank`. */
export function sorted(
  nodes: readonly EditableNode[],
  takes: (node: EditableNode) => Iterable<string>,
  rank: (node: EditableNode) => number,
): EditableNode[] {
  const producers = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const waiting = new Map<EditableNode, number>();
  const followers = new Map<EditableNode, EditableNode[]>();
  for (const node of nodes) {
    const needed = new Set([...takes(node)].flatMap((name) => producers.get(name) ?? []));
    needed.delete(node);
    waiting.set(node, needed.size);
    for (const other of needed) followers.set(other, [...(followers.get(other) ?? []), node]);
  }
  const ready = nodes.filter((node) => waiting.get(node) === 0);
  const order: EditableNode[] = [];
  while (ready.length > 0) {
    const at = ready.reduce((best, node, i) => {
      const other = ready[best];
      return other !== undefined && rank(node) < rank(other) ? i : best;
    }, 0);
    for (const node of ready.splice(at, 1)) {
      order.push(node);
      for (const next of followers.get(node) ?? []) {
        const left = (waiting.get(next) ?? 0) - 1;
        waiting.set(next, left);
        if (left === 0) ready.push(next);
      }
    }
  }
  return order;
}
