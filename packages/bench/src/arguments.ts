import type { Bench } from "./bench.js";
import { BenchError } from "./error.js";

export interface BenchArguments {
  readonly benches: readonly Bench[];
  readonly quick: boolean;
  readonly json: boolean;
}

/**
 * What the command line asks for: names of benches, all without one, and the two flags.
 *
 * @throws BenchError BENCH_UNKNOWN, BENCH_USAGE
 */
export function parseArguments(args: readonly string[], known: readonly Bench[]): BenchArguments {
  const flags = new Set(args.filter((arg) => arg.startsWith("-")));
  for (const flag of flags) {
    if (flag === "--quick" || flag === "--json") continue;
    throw new BenchError("BENCH_USAGE", `there is no option ${flag}`, "Options are --quick and --json.");
  }
  const names = args.filter((arg) => !arg.startsWith("-"));
  const benches = names.map((name) => {
    const bench = known.find((candidate) => candidate.name === name);
    if (bench !== undefined) return bench;
    const listed = known.map((candidate) => candidate.name).join(", ");
    throw new BenchError("BENCH_UNKNOWN", `there is no bench "${name}"`, `Benches: ${listed}.`);
  });
  return {
    benches: benches.length === 0 ? known : benches,
    quick: flags.has("--quick"),
    json: flags.has("--json"),
  };
}
