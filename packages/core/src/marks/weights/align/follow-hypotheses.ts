import { type AxisMap, identityMap } from "./axis-map.js";
import { gathered, unmixed } from "./gather.js";
import { hypotheses } from "./hypotheses.js";
import { rescale } from "./rescale.js";
import { likeness, matchRows, rowsOf } from "./row-match.js";
import {
  type Search,
  type Open,
  type Hypothesis,
  isComplete,
  isSameShape,
  countCovered,
  merge,
  learn,
  describeUndone,
} from "./align-search.js";
import { tryMixing } from "./unmix.js";

/** Squared difference, as a share of the reference's square, from which another explanation is looked for. */
const DOUBTFUL = 0.2;

/** Share of that error which another explanation may leave. */
const BETTER = 0.5;

/** Follow every hypothesis about every view of the suspect that is likely enough, nearest places first. */
export async function advance(search: Search, open: Open, least: number): Promise<boolean> {
  const { target } = open;
  const near = search.views
    .map((view, at) => ({ view, at }))
    .filter(({ view }) => view.kernel === target.kernel)
    .sort((a, b) => Math.abs(a.view.place - target.place) - Math.abs(b.view.place - target.place));
  let progress = false;
  for (const { view, at } of near) {
    for (const side of ["columns", "rows"] as const) {
      const [known, suspectKnown] = side === "columns" ? [target.inn, view.inn] : [target.out, view.out];
      for (const [name, map] of hypotheses(search.maps, known, suspectKnown)) {
        const key = `${target.label}\0${at}\0${side}\0${name}`;
        if (search.done.has(key)) continue;
        const hypothesis = { view, side, map };
        const likely = search.likeness.get(key) ?? (await compare(search, open, hypothesis));
        search.likeness.set(key, likely);
        if (likely < least) continue;
        search.done.add(key);
        if (await tryHypothesis(search, open, hypothesis, least)) {
          progress = true;
          if (isComplete(open)) return true;
        }
      }
    }
  }
  return progress;
}

async function compare(search: Search, { target }: Open, { view, side, map }: Hypothesis): Promise<number> {
  search.comparisons++;
  const loaded = view.load();
  if (loaded === null) return 0;
  const suspect = map.mixing === undefined ? loaded : await unmixed(loaded, side, map.mixing);
  const unknown = side === "columns" ? "out" : "inn";
  return likeness(rowsOf(target.load(), unknown), rowsOf(suspect, unknown), map);
}

async function tryHypothesis(
  search: Search,
  open: Open,
  { view, side, map }: Hypothesis,
  least: number,
): Promise<boolean> {
  const loaded = view.load();
  if (loaded === null) return false;
  const suspect = map.mixing === undefined ? loaded : await unmixed(loaded, side, map.mixing);
  if (map.mixing !== undefined) open.undone.add(map.mixing.kind);
  const reference = open.target.load();
  const unknown = side === "columns" ? "out" : "inn";
  const found = await matchRows(rowsOf(reference, unknown), rowsOf(suspect, unknown), map, least);
  if (found === null) return false;
  const signs = Float64Array.from(found.cosine, (c) => Math.sign(c) || 1);
  const other: AxisMap = {
    size: found.index.length,
    suspectSize: side === "columns" ? view.out : view.inn,
    index: found.index,
    scale: signs,
  };
  const [rows, columns] = side === "columns" ? [other, map] : [map, other];
  const piece = gathered(suspect, rows, columns, "signs");
  const { scales, error } = rescale(piece, reference, { out: rows.scale, inn: columns.scale });
  if (error > DOUBTFUL && countCovered(open) === 0 && isSameShape(view, open.target)) {
    const within = { widest: "head", most: BETTER * error } as const;
    if (await tryMixing(search, open, { view, side, map }, within)) return true;
    const straight = identityMap(other.size, other.suspectSize);
    const turned = { view, side: side === "columns" ? "rows" : "columns", map: straight } as const;
    if (await tryMixing(search, open, turned, within)) return true;
  }
  if (scales !== null) open.undone.add("scales");
  describeUndone(open, rows, columns);
  const before = countCovered(open);
  merge(open, piece, rows);
  // What adds nothing teaches nothing: a map from a chance likeness would only call for more of them.
  if (countCovered(open) === before) return false;
  open.tensors.push(view.tensor);
  const whole = side === "columns" ? found.index.length <= view.out : true;
  if (whole) learn(search, other, side === "columns" ? scales?.out : scales?.inn, signs);
  return true;
}
