import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { BenchOptions } from "../bench.js";
import { SEED } from "../facts.js";
import { CLI } from "../first-light/programs.js";
import { alternate, type Measured, measure, type Rounds } from "../process.js";
import { type Row, row } from "../row.js";
import { baselineVariants } from "./baseline.js";
import { type BigModelOptions, writeBigModel } from "./big-model.js";

/** Time of a command over that of `sha256sum` and `cp` together. */
const MOST_RATIO = "<= 2";
/** Peak memory beside the largest tensor, in MB. */
const MOST_MEMORY = 600;
const MEGABYTE = 1e6;

/** A large model to be timed on. */
export interface SpeedCase {
  /** Its size, as the rows name it. */
  readonly label: string;
  readonly model: BigModelOptions & { readonly megabytes: number; readonly width: number };
  readonly rounds: number;
}

/**
 * Time `register`, `mark --readout off` and the file witness of `examine` on a large model, in fresh processes,
 * against `sha256sum` plus `cp` of the same files in the same rounds.
 */
export async function speedRows(bench: string, timed: SpeedCase, options: BenchOptions): Promise<Row[]> {
  const folder = await mkdtemp(path.join(tmpdir(), "indicia-speed-"));
  try {
    return await measureIn(folder, bench, timed, options);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measureIn(
  folder: string,
  bench: string,
  { label, model: shape, rounds }: SpeedCase,
  { say }: BenchOptions,
): Promise<Row[]> {
  const file = (name: string): string => path.join(folder, name);
  const [model, key, registration, registered] = [
    file("big.onnx"),
    file("owner.key"),
    file("registration"),
    file("registered-again"),
  ];
  // A copy with its external data has a folder of its own, so that all of it is removed before the next.
  const [marked, again] = [file("marked/released.onnx"), file("again/released.onnx")];
  say(`writing a model of ${label}`);
  const files = writeBigModel(model, { seed: SEED, ...shape });
  const owner = ["--registration", registration, "--key", key, "--json"];
  const registering = (out: string): string[] => {
    return ["register", model, "--key", key, "--out", out, "--calibration", "random:64"];
  };
  const marking = (out: string): string[] => ["mark", model, ...owner, "--out", out, "--readout", "off"];
  say("registering it");
  await cli(["key", "new", "--out", key]);
  await cli(registering(registration));
  await mkdir(path.dirname(marked));
  await cli(marking(marked));
  const { stdout } = await measure("sha256sum", [model], { codes: [0] });
  const sha256 = stdout.slice(0, 64);
  const variants = [
    ...baselineVariants(files, file("copies")),
    {
      name: "register",
      run: () => cli(registering(registered)),
      prepare: () => rm(registered, { recursive: true, force: true }),
    },
    {
      name: "mark --readout off",
      run: () => cli(marking(again)),
      prepare: async () => {
        await rm(path.dirname(again), { recursive: true, force: true });
        await mkdir(path.dirname(again));
      },
    },
    {
      name: "examine of a file",
      run: () => cli(["examine", marked, ...owner, "--reference", model]),
    },
  ];
  const [hashing, copying, ...commands] = await alternate(rounds, variants, { say });
  if (hashing === undefined || copying === undefined) throw new RangeError("no baseline was timed");
  const baseline = hashing.medianSeconds + copying.medianSeconds;
  const largest = (4 * shape.width ** 2) / MEGABYTE;
  return commands.flatMap((each) => rowsOf({ bench, size: label, sha256, baseline, largest }, each));
}

function cli(args: readonly string[]): Promise<Measured> {
  return measure(process.execPath, [CLI, ...args], { codes: [0] });
}

function rowsOf(
  facts: {
    readonly bench: string;
    readonly size: string;
    readonly sha256: string;
    readonly baseline: number;
    /** Megabytes of the largest tensor. */
    readonly largest: number;
  },
  rounds: Rounds,
): Row[] {
  const common = { bench: facts.bench, case: `${rounds.name}, ${facts.size}`, model: facts.sha256 };
  const time = row({
    ...common,
    metric: "time against sha256sum + cp",
    value: rounds.medianSeconds,
    unit: "s",
    baseline: facts.baseline,
    goal: MOST_RATIO,
    goalOn: "ratio",
    rounds: rounds.seconds,
    seconds: rounds.seconds.reduce((sum, seconds) => sum + seconds, 0),
  });
  if (rounds.peakBytes === null) return [time];
  const value = rounds.peakBytes / MEGABYTE;
  const goal = `<= ${MOST_MEMORY + Math.ceil(facts.largest)}`;
  return [time, row({ ...common, metric: "peak memory", value, unit: "MB", goal, seconds: 0 })];
}
