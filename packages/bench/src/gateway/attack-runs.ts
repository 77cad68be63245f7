import type { Answers } from "@indicia/autodiff/evaluate";
import { type RandomNumbers, randomNumbers } from "@indicia/data/random-numbers";
import { type Sketches, sketchRows } from "@indicia/defence/monitor/sketch";
import type { ObservedRows, Window } from "@indicia/defence/monitor/window";
import { gatherRows, type Tensor } from "@indicia/onnx/tensor";
import { augmentedQueries } from "./augmented-queries.js";
import { DRAW, type Scene } from "./scenes.js";

/** A query as a simulation asks it. */
export interface QueryOf {
  readonly sketches: Sketches;
  readonly row: number;
}

/** A kind of attack: each run is another order, or another thief. */
export interface AttackKind {
  readonly name: string;
  readonly runs: number;
  /** Queries one after another. */
  readonly queries: (run: number) => Promise<readonly QueryOf[]>;
}

/** Queries of a run: what an account may ask until it has to be noticed, and what ten may together. */
export const RUN_QUERIES = 3000;
/** Rows that a thief who augments begins with (M. Juuti et al., "PRADA", 2019, table 1, and more). */
const SEEDS = 150;

/** What thieves ask a scene's model, as the monitor sees it, whatever window it is then held against. */
export interface AttackRows {
  readonly foreign: readonly { readonly name: string; readonly observed: ObservedRows }[];
  /** Rows of a thief who augments his, in the order in which he asks them. */
  readonly augmented: (run: number) => Promise<ObservedRows>;
}

/** The model is asked once about every row: that takes longer than all else. */
export async function observeAttacks(scene: Scene): Promise<AttackRows> {
  const foreign: { name: string; observed: ObservedRows }[] = [];
  for (const { name, rows } of scene.foreign)
    foreign.push({ name, observed: await scene.watched.observe(rows) });
  const made = new Map<number, Promise<ObservedRows>>();
  return {
    foreign,
    augmented: (run) => {
      const known = made.get(run) ?? augmentedRun(scene, run);
      made.set(run, known);
      return known;
    },
  };
}

/** Every attack on a scene, pure and mixed half and half with honest queries. */
export function attackKinds(
  { name: scene }: Pick<Scene, "name">,
  { foreign, augmented }: AttackRows,
  against: { readonly window: Window; readonly honest: Sketches },
  runs: { readonly drawn: number; readonly augmented: number },
): AttackKind[] {
  const { window, honest } = against;
  const kinds = foreign.map(({ name, observed }): AttackKind => {
    const sketches = sketchRows(window, observed);
    return {
      name,
      runs: runs.drawn,
      queries: async (run) => drawn(sketches, randomNumbers(`${DRAW}/${scene} ${name} ${run}`)),
    };
  });
  kinds.push({
    name: "Jacobian-augmented",
    runs: runs.augmented,
    queries: async (run) => {
      const sketches = sketchRows(window, await augmented(run));
      return Array.from({ length: sketches.rows }, (_, row) => ({ sketches, row }));
    },
  });
  return [...kinds, ...kinds.map((kind) => mixed(kind, honest))];
}

function drawn(sketches: Sketches, numbers: RandomNumbers): QueryOf[] {
  return Array.from({ length: RUN_QUERIES }, () => ({ sketches, row: numbers.below(sketches.rows) }));
}

function mixed(kind: AttackKind, honest: Sketches): AttackKind {
  return {
    name: `${kind.name}, half honest`,
    runs: kind.runs,
    queries: async (run) => {
      const numbers = randomNumbers(`${DRAW}/half honest ${kind.name} ${run}`);
      const queries = await kind.queries(run);
      let at = 0;
      return Array.from({ length: Math.min(RUN_QUERIES, 2 * queries.length) }, () => {
        const foreign = numbers.uniform() < 0.5 ? queries[at] : undefined;
        if (foreign !== undefined) at++;
        return foreign ?? { sketches: honest, row: numbers.below(honest.rows) };
      });
    },
  };
}

async function augmentedRun(scene: Scene, run: number): Promise<ObservedRows> {
  const seed = `${DRAW}/${scene.name} augmented ${run}`;
  const numbers = randomNumbers(seed);
  const { fresh } = scene.split;
  const seeds = gatherRows(
    scene.honest,
    Array.from({ length: SEEDS }, () => fresh[numbers.below(fresh.length)] ?? 0),
  );
  const rows = await augmentedQueries({
    seeds: scene.toUnit(seeds),
    ask: async (unit: Tensor) => labelsAsAnswers(await scene.watched.observe(scene.fromUnit(unit)), scene),
    step: scene.step,
    count: scene.augmented,
    seed,
  });
  return scene.watched.observe(scene.fromUnit(rows));
}

/** The thief goes by labels, as Papernot's does. */
function labelsAsAnswers({ rows, classes: labels }: ObservedRows, { watched: { classes } }: Scene): Answers {
  const values = new Float32Array(rows * classes);
  for (let i = 0; i < rows; i++) values[i * classes + (labels[i] ?? 0)] = 1;
  return { rows, classes, values };
}
