import type { RowsOf } from "./data.js";

/** How much of everything a run does. */
export interface Profile {
  /** Numbers of the owner keys; the first is the one with the whole matrix. */
  readonly keys: readonly number[];
  readonly shadows: number;
  readonly innocents: number;
  /** Rows of the owner's training, of calibration, of the thief's queries, and of others. */
  readonly owner: RowsOf;
  readonly calibration: RowsOf;
  readonly shadowing: RowsOf;
  readonly queries: RowsOf;
  readonly spare: RowsOf;
  /** Labelled rows that a thief has of his own. */
  readonly clean: RowsOf;
  readonly pool: RowsOf;
  readonly epochs: {
    readonly reference: number;
    readonly shadow: number;
    readonly thief: number;
    /** Of a thief on labels, whom more would only teach their noise. */
    readonly labels: number;
    readonly innocent: number;
    readonly tuned: number;
  };
  /** Probes of a short and of a long examination. */
  readonly few: number;
  readonly many: number;
  readonly customers: number;
  /** Shares of labels that a mark may change, for evidence against distortion. */
  readonly strengths: readonly number[];
  /** Wrong keys per innocent, and random keys by which a baseline's score is ranked. */
  readonly wrongKeys: number;
  readonly randomKeys: number;
  /** Whether the matrix and the baselines are whole, or a cell of each kind. */
  readonly whole: boolean;
}

/** Share of labels that the mark may change on the calibration data. */
export const LABELS_CHANGED = 0.0195;

const train = (from: number, to: number): RowsOf => ({ set: "fashion-train", from, to });

/** Everything, as published. */
export const FULL: Profile = {
  keys: [1, 2, 3, 4, 5],
  shadows: 8,
  innocents: 32,
  owner: train(0, 25_000),
  calibration: train(25_000, 30_000),
  shadowing: train(0, 30_000),
  queries: train(30_000, 50_000),
  spare: train(50_000, 60_000),
  clean: train(50_000, 55_000),
  pool: { set: "fashion-test", from: 0, to: 10_000 },
  epochs: { reference: 6, shadow: 17, thief: 25, labels: 12, innocent: 4, tuned: 5 },
  few: 1000,
  many: 5000,
  customers: 1000,
  strengths: [0.005, 0.01, 0.04],
  wrongKeys: 10_000,
  randomKeys: 10_000,
  whole: true,
};

/** The same on a little of everything, to see that it runs. */
export const QUICK: Profile = {
  keys: [1],
  shadows: 2,
  innocents: 3,
  owner: train(0, 5000),
  calibration: train(25_000, 26_000),
  shadowing: train(0, 5000),
  queries: train(30_000, 34_000),
  spare: train(50_000, 53_000),
  clean: train(50_000, 51_000),
  pool: { set: "fashion-test", from: 0, to: 1000 },
  epochs: { reference: 4, shadow: 5, thief: 6, labels: 6, innocent: 2, tuned: 2 },
  few: 256,
  many: 512,
  customers: 1000,
  strengths: [0.04],
  wrongKeys: 500,
  randomKeys: 200,
  whole: false,
};
