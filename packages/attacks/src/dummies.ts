import { toFloat64 } from "@indicia/onnx/tensor";
import type { EditableModel } from "@indicia/onnx/to-spec";
import type { Loot } from "./attack.js";
import { decode, encode, freshNames, liftConstants } from "./decode.js";
import { badOption, nothingToDo } from "./error.js";
import { int64, withFloats } from "./floats.js";
import { type Random, random, type Seed } from "@indicia/autodiff/random";
import { gatherAxis, stored, viewOf } from "./symmetry/apply.js";
import type { Atom } from "./symmetry/atoms.js";
import { findSpaces, type Place, type Space } from "./symmetry/space.js";

/**
 * - `zero`: a new neuron, drawn weight by weight from those that are there, which nothing takes
 * - `split`: a copy of a neuron; what is taken from it comes from both in proportion
 * - `cancel`: two equal new neurons, taken with opposite signs
 */
export type DummyKind = "zero" | "split" | "cancel";

export interface DummiesOptions extends Loot {
  /** New neurons for each one that is there, 0 to 1. */
  readonly share: number;
  readonly kinds: readonly DummyKind[];
}

/** A neuron after the attack. */
interface Neuron {
  /** The neuron whose weights it has or that lends its outgoing ones. */
  readonly source: number;
  /** What its outgoing weights are multiplied by. */
  readonly factor: number;
  /** Number of the new neuron whose incoming weights are drawn; equal for both of a pair. */
  readonly drawn: number | null;
}

/**
 * Add neurons to hidden spaces, among the others, so that the function stays.
 *
 * @throws AttackError NOTHING_TO_DO, TRACE_FAILED, ATTACK_OPTION
 */
export async function dummies(bytes: Uint8Array, options: DummiesOptions, seed: Seed): Promise<Uint8Array> {
  if (!(options.share > 0 && options.share <= 1) || options.kinds.length === 0)
    throw badOption("dummies need a share in (0, 1] and a kind");
  const model = decode(bytes);
  liftConstants(model);
  openReshapes(model);
  const numbers = random(seed, "dummies");
  const { spaces } = await findSpaces(model, "expand", { rows: options.rows });
  const free = spaces.filter(({ selfDual, places }) => !selfDual && places.some(({ dual }) => dual));
  if (free.length === 0) throw nothingToDo("hidden space that could hold more neurons");
  const sizes = new Map<Atom, number>();
  for (const space of free) {
    const neurons = recruit(space.size, options, numbers);
    for (const place of space.places) enlarge(model, space, place, neurons, sizes, numbers);
    sizes.set(space.atom, neurons.length);
  }
  return encode(model);
}

/** Write -1 for the largest number of every stored shape that leaves nothing open. */
function openReshapes(model: EditableModel): void {
  const fresh = freshNames(model);
  for (const node of model.nodes) {
    const shape = model.initializers.get(node.inputs[1] ?? "");
    if (node.op !== "Reshape" || shape === undefined) continue;
    const dims = [...toFloat64(shape)];
    if (dims.includes(-1) || dims.length === 0) continue;
    dims[dims.indexOf(Math.max(...dims))] = -1;
    const name = fresh(`${node.inputs[1]}_open`);
    model.initializers.set(name, int64(...dims));
    node.inputs[1] = name;
  }
}

function recruit(size: number, { share, kinds }: DummiesOptions, numbers: Random): Neuron[] {
  const wanted = Math.max(1, Math.round(share * size));
  const factors = new Float64Array(size).fill(1);
  const added: Neuron[] = [];
  // A neuron is halved only once, so that no part of it becomes too small.
  const unsplit = [...numbers.permutation(size)];
  for (let drawn = 0; added.length < wanted; drawn++) {
    const kind = kinds[drawn % kinds.length];
    const source = kind === "split" ? unsplit.pop() : numbers.below(size);
    if (source === undefined) break;
    if (kind === "zero") added.push({ source, factor: 0, drawn });
    else if (kind === "cancel") added.push({ source, factor: 1, drawn }, { source, factor: -1, drawn });
    else {
      const part = 0.2 + 0.6 * numbers.uniform();
      factors[source] = 1 - part;
      added.push({ source, factor: part, drawn: null });
    }
  }
  const all = [
    ...Array.from(factors, (factor, source): Neuron => ({ source, factor, drawn: null })),
    ...added,
  ];
  return [...numbers.permutation(all.length)].flatMap((i) => all[i] ?? []);
}

function enlarge(
  model: EditableModel,
  { size }: Space,
  place: Place,
  neurons: readonly Neuron[],
  sizes: ReadonlyMap<Atom, number>,
  numbers: Random,
): void {
  const tensor = stored(model, place);
  const view = viewOf(tensor, place, (atom) => sizes.get(atom) ?? atom.size);
  const wide = gatherAxis(
    tensor,
    place,
    view,
    size,
    Uint32Array.from(neurons, ({ source }) => source),
  );
  const values = toFloat64(wide);
  const from = toFloat64(tensor);
  const seeds = new Map<number, Uint32Array>();
  for (const [i, { factor, drawn }] of neurons.entries()) {
    const sources = drawn === null || place.dual ? null : drawSources(seeds, drawn, view, size, numbers);
    for (let o = 0; o < view.outer; o++) {
      for (let k = 0; k < view.inner; k++) {
        const at = (o * neurons.length + i) * view.inner + k;
        const source = sources?.[o * view.inner + k];
        if (place.dual) values[at] = factor * (values[at] ?? 0);
        else if (source !== undefined) values[at] = from[(o * size + source) * view.inner + k] ?? 0;
      }
    }
  }
  model.initializers.set(place.tensor, withFloats(wide, values));
}

/** Which neuron lends each weight of a drawn one; the same for both of a pair. */
function drawSources(
  known: Map<number, Uint32Array>,
  drawn: number,
  { outer, inner }: { readonly outer: number; readonly inner: number },
  size: number,
  { below }: Random,
): Uint32Array {
  const sources = known.get(drawn) ?? Uint32Array.from({ length: outer * inner }, () => below(size));
  known.set(drawn, sources);
  return sources;
}
