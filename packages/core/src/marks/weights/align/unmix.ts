import { identityMap } from "./axis-map.js";
import { commonRotation } from "./common-rotation.js";
import { gathered, relativeError, unmixed } from "./gather.js";
import { hypotheses, remember } from "./hypotheses.js";
import type { Matrix } from "./matrix.js";
import { findMixing, mixed } from "./mixing.js";
import { transposed } from "./vectors.js";
import { type Search, type Open, type Hypothesis, isSameShape, countCovered } from "./align-search.js";

/** What a mixture may be: within heads or of all channels, leaving so much of the reference's square at most. */
interface Allowed {
  readonly widest: "head" | "all";
  readonly most: number;
}

/** Look for a mixture of one side of a tensor, the other side being known, in tensors of the same shape. */
export async function unmix(search: Search, open: Open): Promise<boolean> {
  const { target } = open;
  if (countCovered(open) > 0 || open.toldRotation) return false;
  const views = search.views.filter((view) => isSameShape(view, target));
  for (const side of ["columns", "rows"] as const) {
    for (const [at, view] of views.entries()) {
      for (const [name, map] of hypotheses(
        search.maps,
        side === "columns" ? target.inn : target.out,
        side === "columns" ? view.inn : view.out,
      )) {
        const key = `${target.label}\0${at}\0${side}\0${name}\0mixing`;
        if (search.done.has(key)) continue;
        search.done.add(key);
        const any = { widest: "all", most: Number.POSITIVE_INFINITY } as const;
        if (await tryMixing(search, open, { view, side, map }, any)) return true;
      }
    }
  }
  return false;
}

export async function tryMixing(
  search: Search,
  open: Open,
  { view, side, map }: Hypothesis,
  { widest, most }: Allowed,
): Promise<boolean> {
  const loaded = view.load();
  if (loaded === null) return false;
  const reference = open.target.load();
  const known = map.mixing === undefined ? loaded : await unmixed(loaded, side, map.mixing);
  const straight = map.mixing === undefined ? map : identityMap(map.size, map.suspectSize);
  const count = side === "columns" ? reference.out : reference.inn;
  const whole = identityMap(count, count);
  const suspect =
    side === "columns"
      ? gathered(known, whole, straight, "signs and scales")
      : gathered(known, straight, whole, "signs and scales");
  if (suspect.values.some((value) => Number.isNaN(value))) return false;
  const asRows = ({ values, out }: Matrix): Float32Array =>
    side === "columns" ? values : transposed(values, out);
  const rows = asRows(suspect);
  const mixing = await findMixing(asRows(reference), rows, count, widest);
  if (mixing === null) return false;
  const undone = await mixed(mixing.undo, rows, count);
  const values = side === "columns" ? undone : transposed(undone, count);
  if (relativeError({ ...suspect, values }, reference) > most) return false;
  if (mixing.kind === "rotation") {
    // A rotation is shared by everything that its channels go to, seen from either side; no tensor is fitted alone.
    open.toldRotation = true;
    remember(search.maps, {
      ...whole,
      mixing: await commonRotation(mixing, count, search.targets, search.views),
    });
    return true;
  }
  open.matrix = { ...suspect, values };
  open.covered.fill(1);
  open.tensors.push(view.tensor);
  open.undone.add(mixing.kind);
  return true;
}
