// `npm run -s bench -- [NAME...] [--quick] [--json]`: measure, print, and keep the reports of full runs.

import { parseArguments } from "./arguments.js";
import { BENCHES } from "./benches.js";
import { describeError } from "./describe-error.js";
import { BenchError } from "./error.js";
import { writeReport } from "./report.js";
import type { Row } from "./row.js";
import { runBench } from "./run-bench.js";
import { rowTable } from "./table.js";

process.exitCode = await main(process.argv.slice(2));

/** @returns the exit code; goals that were not met are rows, not failures */
async function main(args: readonly string[]): Promise<number> {
  const say = (line: string): void => {
    process.stderr.write(`${line}\n`);
  };
  try {
    const { benches, quick, json } = parseArguments(args, BENCHES);
    const all: Row[] = [];
    for (const bench of benches) {
      const { rows, pages } = await runBench(bench, { quick, say });
      all.push(...rows);
      if (!json) process.stdout.write(`${bench.name}\n\n${rowTable(rows)}\n`);
      if (!quick) await writeReport(bench.name, rows, pages);
    }
    if (json) process.stdout.write(`${JSON.stringify(all)}\n`);
    return 0;
  } catch (error) {
    const { code, message, hint } = describeError(error);
    if (args.includes("--json"))
      process.stdout.write(`${JSON.stringify({ error: { code, message, hint } })}\n`);
    else say(`${code}: ${message}. ${hint}`);
    return error instanceof BenchError && error.code.startsWith("BENCH_") ? 2 : 3;
  }
}
