import { rm } from "node:fs/promises";
import path from "node:path";
import type { BenchContext } from "../bench.js";
import { rootPath } from "../root.js";
import { baselineCommands } from "./baseline.js";
import { writeBigModel } from "./big-model.js";
import { type Command, type Rounds, runProcess, runRounds } from "./process.js";

/** What the command line starts. */
const CLI: string = rootPath("apps", "cli", "dist", "main.js");

const ROUNDS = 5;
/** Time of a command over that of `sha256sum` and `cp` together, and its peak memory in MB. */
const MOST_RATIO = "<= 4";
const MOST_MEMORY = "<= 1500";
const MEGABYTE = 1e6;

/**
 * Time `mark --readout off` and the file witness of `examine` on a model of 537 MB, in fresh processes, against
 * `sha256sum` plus `cp` of the same file in the same rounds.
 */
export async function measureSpeed(context: BenchContext): Promise<void> {
  const { folder, quick, say } = context;
  const file = (name: string): string => path.join(folder, name);
  const [model, key, registration, marked, copy] = [
    file("big.onnx"),
    file("owner.key"),
    file("registration"),
    file("marked.onnx"),
    file("copy.onnx"),
  ];
  say("writing the large model");
  writeBigModel(model, { seed: context.seed, ...(quick ? { width: 512 } : {}) });
  const cli = (name: string, args: readonly string[], prepare?: () => Promise<void>): Command => ({
    name,
    program: null,
    args: [CLI, ...args],
    ...(prepare === undefined ? {} : { prepare }),
  });
  const owner = ["--registration", registration, "--key", key, "--json"];
  say("registering it");
  await runProcess(cli("key", ["key", "new", "--out", key]));
  await runProcess(
    cli("register", ["register", model, "--key", key, "--out", registration, "--calibration", "random:64"]),
  );
  const marking = ["mark", model, ...owner, "--out", marked, "--readout", "off"];
  await runProcess(cli("mark", marking));
  const remarked = file("marked-again.onnx");
  const timed = [
    ...baselineCommands(model, copy),
    cli("mark --readout off", [...marking.map((arg) => (arg === marked ? remarked : arg))], () =>
      rm(remarked, { force: true }),
    ),
    cli("examine of a file", ["examine", marked, ...owner, "--reference", model]),
  ];
  const [hashing, copying, ...commands] = await runRounds(timed, { rounds: quick ? 1 : ROUNDS, say });
  if (hashing === undefined || copying === undefined) throw new RangeError("no baseline was timed");
  const hash = /^[0-9a-f]{64}/.exec(hashing.stdout)?.[0];
  for (const command of commands) addRows(context, command, hashing.medianSeconds + copying.medianSeconds, hash);
}

function addRows({ add, quick }: BenchContext, rounds: Rounds, baseline: number, model: string | undefined): void {
  const common = {
    case: `${rounds.name}, ${quick ? "8 MB" : "537 MB"}`,
    ...(model === undefined ? {} : { model }),
  };
  add({
    ...common,
    metric: "time against sha256sum + cp",
    value: rounds.medianSeconds,
    unit: "s",
    baseline,
    goal: MOST_RATIO,
    goalOn: "ratio",
    rounds: rounds.seconds,
    seconds: rounds.seconds.reduce((sum, seconds) => sum + seconds, 0),
  });
  if (rounds.peakBytes === null) return;
  add({
    ...common,
    metric: "peak memory",
    value: rounds.peakBytes / MEGABYTE,
    unit: "MB",
    goal: MOST_MEMORY,
    seconds: 0,
  });
}
