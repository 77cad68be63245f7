import type { BenchOptions } from "../bench.js";
import { BenchError } from "../error.js";
import { alternate, measure, type Variant } from "../process.js";
import { rootPath } from "../root.js";
import { type Row, row } from "../row.js";

const NAME = "training";
const BATCH = 64;
const CASE = "LeNet-like network (28 x 28, 5 x 5 convolutions of 6 and 16, dense 128), batch 64, one thread";
/** Of a process; the first steps find memory and are not timed. */
const WARM_UP = 30;
/** Debian's python3-torch belongs to Debian's Python, which need not be the first in the path. */
const PYTHONS = ["/usr/bin/python3", "python3"] as const;

/** How fast the trainer is, against PyTorch where it is installed. */
export async function run({ quick, say }: BenchOptions): Promise<Row[]> {
  const steps = quick ? 60 : 400;
  const sizes = [String(BATCH), String(steps), String(WARM_UP)];
  const ours = rootPath("packages", "bench", "dist", "training", "lenet-main.js");
  const theirs = rootPath("packages", "bench", "python", "train_lenet.py");
  const python = await pythonWithTorch();
  const variants = [
    timed("indicia", process.execPath, [ours, ...sizes]),
    ...(python === null ? [] : [timed("PyTorch", python, [theirs, ...sizes])]),
  ];
  const [own, other] = await alternate(quick ? 1 : 5, variants, { say });
  if (own === undefined) throw new RangeError("nothing was timed");
  const rate = (seconds: number): number => (steps * BATCH) / seconds;
  const common = {
    bench: NAME,
    value: rate(own.medianSeconds),
    unit: "images/s",
    rounds: own.seconds.map(rate),
    seconds: own.seconds.reduce((sum, seconds) => sum + seconds, 0),
  };
  if (other === undefined)
    return [row({ ...common, case: CASE, metric: "training, with no PyTorch installed to compare with" })];
  const metric = "training, against PyTorch";
  return [
    row({
      ...common,
      case: CASE,
      metric,
      baseline: rate(other.medianSeconds),
      goal: ">= 1",
      goalOn: "ratio",
    }),
  ];
}

/** A program that prints how long its steps took. */
function timed(name: string, command: string, args: readonly string[]): Variant {
  return {
    name,
    run: async () => {
      const { stdout, peakBytes } = await measure(command, args, {
        codes: [0],
        env: { OMP_NUM_THREADS: "1" },
      });
      const printed: unknown = JSON.parse(stdout);
      if (typeof printed === "object" && printed !== null && "seconds" in printed)
        return { seconds: Number(printed.seconds), peakBytes };
      throw new BenchError("COMMAND_FAILED", `${name} printed no time`, "Run it by hand.");
    },
  };
}

async function pythonWithTorch(): Promise<string | null> {
  for (const python of PYTHONS) {
    const found = await measure(python, ["-c", "import torch"]).catch(() => null);
    if (found?.code === 0) return python;
  }
  return null;
}
