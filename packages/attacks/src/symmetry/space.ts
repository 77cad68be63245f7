import type { Tensor } from "@indicia/onnx/tensor";
import type { EditableModel, EditableNode } from "@indicia/onnx/to-spec";
import { captured } from "../decode.js";
import { isFloat } from "../floats.js";
import { type Atom, type Axis, freeze, leaves, newAxis, tie } from "./atoms.js";
import { applyRule } from "./rules.js";
import { trace } from "./trace.js";

/**
 * What is done to a hidden space, which decides what the operators around it must admit:
 *
 * - `permute`: its coordinates change places; every operator that treats them alike admits it
 * - `expand`: coordinates are added; what counts or normalises them does not admit it
 * - `scale`: coordinates are multiplied by positive numbers, which positively homogeneous operators admit
 * - `flip`: by -1, which odd operators admit
 * - `mix`: by a matrix, which linear operators admit
 */
export type Change = "permute" | "expand" | "scale" | "flip" | "mix";

/** Where a space lies in a stored tensor. */
export interface Place {
  readonly tensor: string;
  readonly axis: number;
  /** Whether the tensor takes what the space holds, and so changes by the inverse transpose. */
  readonly dual: boolean;
  /** Other factors of the same axis, slower and faster ones, such as heads before what each head has. */
  readonly before: readonly Atom[];
  readonly after: readonly Atom[];
}

/** Coordinates of hidden values that can be changed together without changing the function. */
export interface Space {
  readonly atom: Atom;
  readonly size: number;
  readonly selfDual: boolean;
  /** Whether only changes that leave the vector of ones fixed fit: a mean is taken over it. */
  readonly keepsOnes: boolean;
  readonly places: readonly Place[];
}

/** What the rules see of a model and say about it. */
export interface Analysis {
  readonly change: Change;
  readonly values: ReadonlyMap<string, Tensor>;
  /** Axes of a value; empty where its shape is unknown. */
  readonly axes: (name: string | undefined) => readonly Axis[];
  readonly isStored: (name: string | undefined) => boolean;
  readonly tie: typeof tie;
  readonly freeze: typeof freeze;
  /** One more change of a stored tensor's axis, beside what it is tied to. */
  readonly also: (tensor: string, axis: number, space: Axis, dual: boolean) => void;
  /** Only changes that keep the vector of ones fit this axis. */
  readonly keepOnes: (axis: Axis) => void;
}

/** A model's spaces, and its values, by one run. */
export interface Spaces {
  readonly spaces: readonly Space[];
  readonly values: ReadonlyMap<string, Tensor>;
  /** Atoms of an axis of a value. */
  readonly atomsOf: (name: string, axis: number) => readonly Atom[];
}

/**
 * Find the hidden spaces of the main graph that admit a change. Inputs, outputs and what subgraphs take stay as they are.
 *
 * @param rows inputs to run the model on, for its shapes; default random ones
 * @param skip nodes that the caller accounts for by `ties`, pairs of values of the same shape
 * @throws AttackError TRACE_FAILED
 */
export async function findSpaces(
  model: EditableModel,
  change: Change,
  options: {
    readonly rows?: Readonly<Record<string, Tensor>> | undefined;
    readonly skip?: ReadonlySet<EditableNode>;
    readonly ties?: readonly { readonly from: string; readonly to: string; readonly keepsOnes: boolean }[];
  } = {},
): Promise<Spaces> {
  const values = await trace(model, options.rows);
  const known = new Map<string, readonly Axis[]>();
  const extra: { tensor: string; axis: number; space: Axis; dual: boolean }[] = [];
  const ones: Axis[] = [];
  const axes = (name = ""): readonly Axis[] => {
    const found = known.get(name);
    if (found !== undefined) return found;
    const made = (values.get(name)?.dims ?? []).map(newAxis);
    known.set(name, made);
    return made;
  };
  const analysis: Analysis = {
    change,
    values,
    axes,
    isStored: (name = "") => model.initializers.has(name),
    tie,
    freeze,
    also: (tensor, axis, space, dual) => extra.push({ tensor, axis, space, dual }),
    keepOnes: (axis) => ones.push(axis),
  };
  for (const node of model.nodes) if (options.skip?.has(node) !== true) applyRule(analysis, node);
  for (const { from, to, keepsOnes } of options.ties ?? []) {
    const [a, b] = [axes(from), axes(to)];
    for (const [i, axis] of a.entries()) tie(axis, b[i] ?? []);
    if (keepsOnes) ones.push(a.at(-1) ?? []);
  }
  for (const name of fixedValues(model)) for (const axis of axes(name)) freeze(axis);
  for (const [name, tensor] of model.initializers) {
    const fits = change === "permute" ? ArrayBuffer.isView(tensor.data) : isFloat(tensor);
    if (!fits) for (const axis of axes(name)) freeze(axis);
  }
  return {
    spaces: collect(
      model,
      axes,
      extra,
      new Set(ones.flatMap((axis) => leaves(axis).map(({ atom }) => atom))),
    ),
    values,
    atomsOf: (name, axis) => leaves(axes(name)[axis] ?? []).map(({ atom }) => atom),
  };
}

/** What is given or asked for from outside, what graphs below take, and what nothing takes. */
function fixedValues(model: EditableModel): Set<string> {
  const fixed = captured(model);
  for (const { name } of model.outputs) fixed.add(name);
  for (const { name } of model.inputs) if (!model.initializers.has(name)) fixed.add(name);
  const taken = new Set(model.nodes.flatMap(({ inputs }) => inputs));
  for (const name of model.initializers.keys()) if (!taken.has(name)) fixed.add(name);
  return fixed;
}

function collect(
  model: EditableModel,
  axes: Analysis["axes"],
  extra: readonly { tensor: string; axis: number; space: Axis; dual: boolean }[],
  ones: ReadonlySet<Atom>,
): Space[] {
  const found = new Map<Atom, Place[]>();
  const add = (name: string, axis: number, factors: Axis, turned: boolean): void => {
    const parts = leaves(factors);
    const atoms = parts.map(({ atom }) => atom);
    for (const [i, { atom, dual }] of parts.entries()) {
      const place = {
        tensor: name,
        axis,
        dual: dual !== turned,
        before: atoms.slice(0, i),
        after: atoms.slice(i + 1),
      };
      const list = found.get(atom);
      if (list === undefined) found.set(atom, [place]);
      else list.push(place);
    }
  };
  for (const [name, { dims }] of model.initializers)
    for (const axis of dims.keys()) add(name, axis, axes(name)[axis] ?? [], false);
  for (const { tensor, axis, space, dual } of extra) add(tensor, axis, space, dual);
  return [...found]
    .filter(([{ frozen, size }]) => !frozen && size > 1)
    .map(([atom, places]) => ({
      atom,
      size: atom.size,
      selfDual: atom.selfDual,
      keepsOnes: ones.has(atom),
      places,
    }));
}
