import type { NodeSpec } from "@indicia/onnx/build";
import { type Builder, unknownValue } from "./builder.js";
import { AutodiffError, noGradient } from "./error.js";
import { CONSTANT, RULES } from "./rules/index.js";
import type { Call } from "./rules/rule.js";
import { inferShapes } from "./shapes.js";
import type { Value } from "./shapes/value.js";

/**
 * Append nodes that compute the derivatives of a loss, in reverse mode. What is known of shapes is told from the
 * graph; the batch may be left open.
 *
 * @param loss name of a scalar
 * @param wrt initialisers, inputs or inner values
 * @returns by name, the name of its gradient, of its shape; absent where the loss does not depend on it, or only
 *   through integers and steps
 * @throws AutodiffError NO_GRADIENT naming operator and node, SHAPE_UNKNOWN, LOSS_SHAPE, VALUE_UNKNOWN
 */
export function backward(builder: Builder, loss: string, wrt: readonly string[]): Map<string, string> {
  const values = inferShapes(builder);
  for (const name of [loss, ...wrt]) if (!values.has(name)) throw unknownValue(name);
  const forward = [...builder.nodes];
  const alone = usedOnce(forward, [...wrt, loss]);
  const makers = new Map(forward.flatMap((node) => node.outputs.map((name) => [name, node])));
  const takenOver = new Set<string>();
  const active = dependents(forward, values, wrt);
  // Parts of gradients are added up when the node that makes the value is reached.
  const parts = new Map<string, string[]>([[loss, [seedOf(builder, loss, values.get(loss))]]]);
  if (!active.has(loss)) return new Map();
  const whole = (name: string): string | null => {
    const list = parts.get(name);
    if (list === undefined) return null;
    const sum = list.reduce((a, b) => builder.add("Add", [a, b]));
    parts.set(name, [sum]);
    return sum;
  };
  for (const node of forward.reverse()) {
    if (!node.outputs.some((name) => parts.has(name))) continue;
    const needs = node.inputs.map((name) => active.has(name));
    if (!needs.includes(true)) continue;
    const call: Call = {
      builder,
      node,
      grads: node.outputs.map(whole),
      needs,
      type: typeOf(node, values),
      takeOver: (op, name) => {
        const maker = makers.get(name);
        if (maker?.op !== op || !isStandard(maker) || !alone.has(name)) return false;
        takenOver.add(name);
        return true;
      },
      value: (name) => values.get(name) ?? { type: null, dims: null },
    };
    for (const [at, grad] of gradients(call, takenOver).entries()) {
      const name = node.inputs[at];
      if (grad === null || name === undefined || needs[at] !== true) continue;
      parts.set(name, [...(parts.get(name) ?? []), grad]);
    }
  }
  return new Map(
    wrt.flatMap((name): [string, string][] => {
      const grad = whole(name);
      return grad === null ? [] : [[name, grad]];
    }),
  );
}

/** The derivative of the loss by itself. */
function seedOf(builder: Builder, loss: string, value: Value | undefined): string {
  const { type = null, dims = null } = value ?? {};
  // What an operator unknown here computes may well be a float; if it is on the way, it is named there.
  if ((type === null || type === "float32" || type === "float64") && (dims ?? []).every((dim) => dim === 1))
    return builder.constant(
      [1],
      type ?? "float32",
      (dims ?? []).map(() => 1),
    );
  throw new AutodiffError(
    "LOSS_SHAPE",
    `the loss "${loss}" is ${type ?? "of no known type"} [${dims?.join(", ") ?? "?"}]`,
    "Reduce it to one number of type float32 or float64.",
  );
}

/** Half floats carry gradients in principle, so they are not passed over in silence. */
const FLOATS: ReadonlySet<string> = new Set(["float32", "float64", "float16", "bfloat16"]);

/** Values that depend on the wanted ones by way of floats. */
function dependents(
  nodes: readonly NodeSpec[],
  values: ReadonlyMap<string, Value>,
  wrt: readonly string[],
): Set<string> {
  const active = new Set(wrt);
  for (const node of nodes) {
    if (CONSTANT.has(node.op) || !node.inputs.some((name) => active.has(name))) continue;
    for (const name of node.outputs) {
      const type = values.get(name)?.type ?? null;
      if (name !== "" && (type === null || FLOATS.has(type))) active.add(name);
    }
  }
  return active;
}

function typeOf(node: NodeSpec, values: ReadonlyMap<string, Value>): "float32" | "float64" {
  const type = values.get(node.outputs[0] ?? "")?.type ?? "float32";
  if (type === "float32" || type === "float64") return type;
  throw noGradient(node.op, nameOf(node), `it computes ${type}`);
}

function nameOf({ name, outputs }: NodeSpec): string {
  return name === undefined || name === "" ? (outputs[0] ?? "") : name;
}

function gradients(call: Call, takenOver: ReadonlySet<string>): readonly (string | null)[] {
  const [output = ""] = call.node.outputs;
  return takenOver.has(output) ? [call.grads[0] ?? null] : ruleOf(call.node)(call);
}

/** Names that one node takes once, and nobody asked for. */
function usedOnce(nodes: readonly NodeSpec[], wanted: readonly string[]): Set<string> {
  const counts = new Map<string, number>();
  for (const name of [...wanted, ...wanted, ...nodes.flatMap((node) => node.inputs)])
    counts.set(name, (counts.get(name) ?? 0) + 1);
  return new Set([...counts].flatMap(([name, count]) => (count === 1 ? [name] : [])));
}

function isStandard({ domain }: NodeSpec): boolean {
  return domain === undefined || domain === "" || domain === "ai.onnx";
}

function ruleOf(node: NodeSpec): (call: Call) => readonly (string | null)[] {
  const standard = isStandard(node);
  const op = standard ? node.op : `${node.domain ?? ""}.${node.op}`;
  const rule = standard ? RULES[node.op] : undefined;
  if (rule !== undefined) return rule;
  throw noGradient(op, nameOf(node), "there is no rule for it");
}
