import { randomNumbers } from "@indicia/data/random-numbers";
import { LOOK_EVERY } from "@indicia/defence/monitor/account";
import { calibrate } from "@indicia/defence/monitor/calibrate";
import type { Calibration } from "@indicia/defence/monitor/calibration";
import { halfOf, type HonestQueries, honestAccount } from "@indicia/defence/monitor/honest";
import { createMonitor, type Flag, type Monitor } from "@indicia/defence/monitor/monitor";
import { partOfRows } from "@indicia/defence/monitor/part-of-rows";
import { type Sketches, sketchRows } from "@indicia/defence/monitor/sketch";
import type { ObservedRows } from "@indicia/defence/monitor/window";
import { budgetAt } from "@indicia/defence/perturbation/perturb";
import { proportionUpperBound } from "@indicia/proof/binomial";
import type { BenchOptions } from "../bench.js";
import { type Row, row } from "../row.js";
import { median } from "../speed/median.js";
import {
  type AttackKind,
  attackKinds,
  type AttackRows,
  observeAttacks,
  type QueryOf,
  RUN_QUERIES,
} from "./attack-runs.js";
import { DRAW, fashionScene, magikaScene, type Scene } from "./scenes.js";

/** Queries within which an account has to be noticed by itself, and ten accounts together. */
const ALONE = 1000;
const TOGETHER = RUN_QUERIES;
const SYBILS = 10;
/** Milliseconds between the queries of a thief: 3,600 an hour, which honest accounts reach too. */
const GAP = 1000;

/** Total variation of answers to accounts without suspicion and to flagged ones, where the monitor steers perturbation. */
export const LEAST_BUDGET = 0.02;
export const MOST_BUDGET = 0.5;

interface Extent {
  readonly honest: number;
  readonly horizon: number;
  readonly level: number;
  readonly runs: { readonly drawn: number; readonly augmented: number };
  /** Of accounts with packages that no calibration has seen: a coarser measurement, of a rate that is much higher. */
  readonly unseen: { readonly honest: number; readonly level: number };
}
const FULL: Extent = {
  honest: 1000,
  horizon: 5000,
  level: 0.001,
  runs: { drawn: 20, augmented: 10 },
  unseen: { honest: 300, level: 0.002 },
};
const QUICK: Extent = {
  honest: 60,
  horizon: 500,
  level: 0.02,
  runs: { drawn: 2, augmented: 1 },
  unseen: { honest: 30, level: 0.02 },
};
/** Honest rates, in rows an hour: what a busy internal client still keeps to. */
const RATES = { slowest: 10, busiest: 20_000 };
/** Enough to see that nearly everybody is flagged. */
const COARSE = { horizon: 1000, level: 0.02 };
/** Every run of an augmentation asks the model about all its rows anew. */
const AUGMENTED_BY_SOURCE = 2;

/** Whether the monitor leaves honest accounts alone and notices thieves, on two models. */
export async function monitorRows(
  bench: string,
  { quick, say }: BenchOptions,
  scenes: readonly ((quick: boolean) => Promise<Scene>)[] = [fashionScene, magikaScene],
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const open of scenes) {
    const scene = await open(quick);
    try {
      rows.push(...(await sceneRows(bench, scene, quick ? QUICK : FULL, say)));
    } finally {
      await scene.watched.close();
    }
  }
  return rows;
}

async function sceneRows(
  bench: string,
  scene: Scene,
  extent: Extent,
  say: (line: string) => void,
): Promise<Row[]> {
  const { name, watched } = scene;
  say(`${name}: reading features`);
  const observed = await watched.observe(scene.honest);
  const benign = partOfRows(observed, scene.split.calibration);
  const { horizon, level } = extent;
  const calibration = await calibrate(benign, {
    rates: RATES,
    classes: watched.classes,
    horizon,
    level,
    say: (line) => say(`${name}: ${line}`),
  });
  const fresh = sketchRows(calibration.window, partOfRows(observed, scene.split.fresh));
  const add = (metric: string, value: number, more: { goal?: string; unit?: string } = {}): void => {
    say(`${name}: ${metric}: ${value}`);
    rows.push(row({ bench, case: `monitor, ${name}`, metric, value, ...more }));
  };
  const rows: Row[] = [];
  say(`${name}: ${extent.honest} honest accounts`);
  const honest = honestRun(calibration, fresh, extent);
  const flagged = honest.flags.length;
  add("stated false-alarm rate, own score and pool", 100 * (calibration.level + calibration.pooled.level), {
    unit: "%",
  });
  add(`honest accounts of ${extent.honest} flagged in ${horizon} queries`, (100 * flagged) / extent.honest, {
    unit: "%",
    goal: "<= 0.5",
  });
  add("95 % upper bound of that rate", 100 * proportionUpperBound(flagged, extent.honest, 0.95), {
    unit: "%",
  });
  add("of them by a pool", honest.flags.filter(({ pool }) => pool !== null).length);
  add("mean suspicion of honest accounts", honest.suspicion);
  add(`mean budget of their perturbation, ${LEAST_BUDGET} to ${MOST_BUDGET}`, honest.budget, {
    goal: "<= 0.05",
  });
  say(`${name}: asking what thieves ask`);
  const attacks = await observeAttacks(scene);
  const against = { window: calibration.window, honest: fresh };
  for (const kind of attackKinds(scene, attacks, against, extent.runs)) {
    say(`${name}: ${kind.name}`);
    const alone = await caught(kind, calibration, 1);
    add(`${kind.name}: runs flagged within ${ALONE} queries`, 100 * shareWithin(alone, ALONE), {
      unit: "%",
      goal: ">= 90",
    });
    add(`${kind.name}: median queries`, median(alone));
    const together = await caught(kind, calibration, SYBILS);
    add(
      `${kind.name}, ${SYBILS} accounts: runs with all flagged within ${TOGETHER} queries`,
      100 * shareWithin(together, TOGETHER),
      {
        unit: "%",
        goal: ">= 90",
      },
    );
    add(`${kind.name}, ${SYBILS} accounts: median queries`, median(together));
  }
  return [...rows, ...(await sourceRows(bench, scene, { observed, attacks }, extent, say))];
}

/** Honest accounts that ask about packages that no calibration has seen, where the calibration knows what packages are. */
async function sourceRows(
  bench: string,
  scene: Scene,
  { observed, attacks }: { readonly observed: ObservedRows; readonly attacks: AttackRows },
  { unseen, horizon, runs }: Extent,
  say: (line: string) => void,
): Promise<Row[]> {
  const { name, watched, bySource } = scene;
  if (bySource === null) return [];
  const { sources: of, split } = bySource;
  const benign = partOfRows(observed, split.calibration);
  const sources = Int32Array.from(split.calibration, (place) => of[place] ?? 0);
  const common = {
    rates: RATES,
    classes: watched.classes,
    say: (line: string) => say(`${name}, by package: ${line}`),
  };
  const known = await calibrate(benign, { ...common, sources, horizon, level: unseen.level });
  const blind = await calibrate(benign, { ...common, horizon: COARSE.horizon, level: COARSE.level });
  const flaggedIn = (calibration: Calibration): { readonly share: number; readonly upper: number } => {
    const fresh = sketchRows(calibration.window, partOfRows(observed, split.fresh));
    const places = bySourceOf(split.fresh.map((place) => of[place] ?? 0));
    const rowsOf = (i: number): Uint32Array =>
      halfOf(fresh.rows, places, randomNumbers(`${DRAW}/packages of account ${i}`));
    const run = { honest: unseen.honest, horizon: calibration.horizon };
    const flagged = honestRun(calibration, fresh, run, rowsOf).flags.length;
    return {
      share: (100 * flagged) / unseen.honest,
      upper: 100 * proportionUpperBound(flagged, unseen.honest, 0.95),
    };
  };
  const own = { bench, case: `monitor by package, ${name}` };
  const add = (metric: string, value: number, goal: { readonly goal?: string } = {}): Row => {
    say(`${name}, by package: ${metric}: ${value}`);
    return row({ ...own, metric, value, unit: "%", ...goal });
  };
  say(`${name}: ${unseen.honest} honest accounts, each with packages of its own`);
  const { share, upper } = flaggedIn(known);
  const fresh = sketchRows(known.window, partOfRows(observed, split.fresh));
  const rows = [
    add(`honest accounts of ${unseen.honest} with unseen packages flagged in ${horizon} queries`, share, {
      goal: "<= 0.5",
    }),
    add("95 % upper bound of that rate, were packages drawn for each", upper),
    add("the same where the calibration is not told of packages", flaggedIn(blind).share),
  ];
  const fewer = { drawn: runs.drawn, augmented: Math.min(runs.augmented, AUGMENTED_BY_SOURCE) };
  const against = { window: known.window, honest: fresh };
  for (const kind of attackKinds(scene, attacks, against, fewer)) {
    const alone = await caught(kind, known, 1);
    rows.push(
      add(`${kind.name}: runs flagged within ${ALONE} queries`, 100 * shareWithin(alone, ALONE), {
        goal: ">= 90",
      }),
    );
  }
  return rows;
}

/** Places of rows, by source. */
function bySourceOf(sources: readonly number[]): number[][] {
  const of = new Map<number, number[]>();
  for (const [place, source] of sources.entries()) {
    const known = of.get(source) ?? [];
    known.push(place);
    of.set(source, known);
  }
  return [...of.values()];
}

/** Honest accounts, all watched by one monitor at a time. */
function honestRun(
  calibration: Calibration,
  fresh: Sketches,
  { honest, horizon }: Pick<Extent, "honest" | "horizon">,
  rowsOf: (account: number) => Uint32Array = () => Uint32Array.from({ length: fresh.rows }, (_, i) => i),
): { readonly flags: readonly Flag[]; readonly suspicion: number; readonly budget: number } {
  const monitor = createMonitor(calibration);
  const accounts = Array.from({ length: honest }, (_, i): [string, HonestQueries] => [
    `honest ${i}`,
    honestAccount(fresh, rowsOf(i), calibration.rates, randomNumbers(`${DRAW}/honest account ${i}`)),
  ]);
  const flags: Flag[] = [];
  let suspicion = 0;
  let budget = 0;
  const looks = Math.floor(horizon / LOOK_EVERY);
  for (let look = 0; look < looks; look++) {
    for (const [account, next] of accounts) {
      for (let i = 0; i < LOOK_EVERY; i++)
        flags.push(...monitor.observe({ account, sketches: fresh, ...next(), query: null }));
      const own = monitor.standing(account).suspicion;
      suspicion += own / (looks * honest);
      budget += budgetAt(own, LEAST_BUDGET, MOST_BUDGET) / (looks * honest);
    }
  }
  return { flags, suspicion, budget };
}

/** In each run, queries in total until all accounts that share them were flagged; infinite never: twice as many as there are. */
async function caught(kind: AttackKind, calibration: Calibration, accounts: number): Promise<number[]> {
  const counts: number[] = [];
  for (let run = 0; run < kind.runs; run++) {
    const queries = await kind.queries(run);
    counts.push(queriesUntilFlagged(createMonitor(calibration), queries, accounts));
  }
  return counts;
}

function queriesUntilFlagged(monitor: Monitor, queries: readonly QueryOf[], accounts: number): number {
  const flagged = new Set<string>();
  for (const [i, query] of queries.entries()) {
    const raised = monitor.observe({
      ...query,
      account: `thief ${i % accounts}`,
      time: i * GAP,
      query: null,
    });
    for (const { account } of raised) flagged.add(account);
    if (flagged.size === accounts) return i + 1;
  }
  return 2 * queries.length;
}

function shareWithin(counts: readonly number[], most: number): number {
  return counts.filter((count) => count <= most).length / counts.length;
}
