import type { View } from "./candidates.js";
import type { MatrixShape } from "./matrix.js";
import { MAX_DECOMPOSED, matchSpectrum } from "./spectrum.js";
import { type Search, type Open, isSameShape } from "./align-search.js";

/** Tensors of which singular values are compared, ten seconds or two each. */
const MAX_SPECTRA = 6;

const LEAST_DECOMPOSED = 64;

/** Where nothing else was found: singular values are left of a tensor whose both sides were rotated. */
export async function compareSpectra(search: Search, pending: readonly Open[]): Promise<void> {
  const taken = new Set<View>();
  const left = pending.filter(({ covered, target }) => !covered.includes(1) && isSmall(target));
  for (const open of left.slice(0, MAX_SPECTRA)) {
    const { target } = open;
    const views = search.views.filter((view) => isSameShape(view, target) && !taken.has(view));
    const [nearest] = views.sort(
      (a, b) => Math.abs(a.place - target.place) - Math.abs(b.place - target.place),
    );
    const loaded = nearest?.load() ?? null;
    if (nearest === undefined || loaded === null) continue;
    taken.add(nearest);
    const reference = target.load();
    const match = await matchSpectrum(reference.values, loaded.values, target.out);
    if (match === null) continue;
    open.matrix = { ...reference, values: match.values };
    open.covered.fill(1);
    open.tensors.push(nearest.tensor);
    open.by = "spectrum";
    open.undone.add("rotations of both sides");
  }
}

/** A narrow matrix keeps too few singular values to tell one model from another. */
function isSmall({ out, inn, kernel }: MatrixShape): boolean {
  const [least, most] = [Math.min(out, inn), Math.max(out, inn)];
  return kernel === 1 && least >= LEAST_DECOMPOSED && most <= MAX_DECOMPOSED;
}
