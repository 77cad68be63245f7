import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { BenchOptions } from "../bench.js";
import { SEED } from "../facts.js";
import { alternate, type Measured, measure, type Rounds } from "../process.js";
import { rootPath } from "../root.js";
import { type Row, row } from "../row.js";
import { baselineVariants } from "./baseline.js";
import { writeBigModel } from "./big-model.js";

/** What the command line starts. */
const CLI: string = rootPath("apps", "cli", "dist", "main.js");

const ROUNDS = 5;
/** Time of a command over that of `sha256sum` and `cp` together, and its peak memory in MB. */
const MOST_RATIO = "<= 4";
const MOST_MEMORY = "<= 1500";
const MEGABYTE = 1e6;

/**
 * Time `mark --readout off` and the file witness of `examine` on a model of 512 MB, in fresh processes, against
 * `sha256sum` plus `cp` of the same file in the same rounds.
 */
export async function speedRows(bench: string, options: BenchOptions): Promise<Row[]> {
  const folder = await mkdtemp(path.join(tmpdir(), "indicia-speed-"));
  try {
    return await measureIn(folder, bench, options);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measureIn(folder: string, bench: string, { quick, say }: BenchOptions): Promise<Row[]> {
  const file = (name: string): string => path.join(folder, name);
  const [model, key, registration, marked, again] = [
    file("big.onnx"),
    file("owner.key"),
    file("registration"),
    file("marked.onnx"),
    file("marked-again.onnx"),
  ];
  say("writing the large model");
  writeBigModel(model, { seed: SEED, ...(quick ? { megabytes: 8, width: 500 } : {}) });
  const owner = ["--registration", registration, "--key", key, "--json"];
  const marking = (out: string): string[] => ["mark", model, ...owner, "--out", out, "--readout", "off"];
  say("registering it");
  await cli(["key", "new", "--out", key]);
  await cli(["register", model, "--key", key, "--out", registration, "--calibration", "random:64"]);
  await cli(marking(marked));
  const { stdout } = await measure("sha256sum", [model], { codes: [0] });
  const sha256 = stdout.slice(0, 64);
  const variants = [
    ...baselineVariants(model, file("copy.onnx")),
    {
      name: "mark --readout off",
      run: () => cli(marking(again)),
      prepare: () => rm(again, { force: true }),
    },
    {
      name: "examine of a file",
      run: () => cli(["examine", marked, ...owner, "--reference", model]),
    },
  ];
  const [hashing, copying, ...commands] = await alternate(quick ? 1 : ROUNDS, variants, { say });
  if (hashing === undefined || copying === undefined) throw new RangeError("no baseline was timed");
  const baseline = hashing.medianSeconds + copying.medianSeconds;
  const size = quick ? "8 MB" : "512 MB";
  return commands.flatMap((rounds) => rowsOf({ bench, size, sha256, baseline }, rounds));
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
  return [time, row({ ...common, metric: "peak memory", value, unit: "MB", goal: MOST_MEMORY, seconds: 0 })];
}
