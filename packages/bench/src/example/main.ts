// `npm run -s example -- rows|thief ...`: what the walk-throughs of README.md need and no owner does.

import { describeError } from "../describe-error.js";
import { BenchError } from "../error.js";
import { ROWS_USAGE, rowsCommand } from "./rows.js";
import { THIEF_USAGE, thiefCommand } from "./thief.js";

process.exitCode = await main(process.argv.slice(2));

async function main([command, ...args]: readonly string[]): Promise<number> {
  const say = (line: string): void => {
    process.stderr.write(`${line}\n`);
  };
  try {
    if (command === "rows") await rowsCommand(args, say);
    else if (command === "thief") await thiefCommand(args, say, process.env);
    else if (command === "--help") say(`${ROWS_USAGE}\n${THIEF_USAGE}`);
    else
      throw new BenchError(
        "BENCH_USAGE",
        "there are rows and thief",
        `Usage:\n${ROWS_USAGE}\n${THIEF_USAGE}`,
      );
    return 0;
  } catch (error) {
    const { code, message, hint } = describeError(error);
    const misspelt = code.startsWith("ERR_PARSE_ARGS");
    say(`${code}: ${message}. ${misspelt ? `Usage:\n${ROWS_USAGE}\n${THIEF_USAGE}` : hint}`);
    return misspelt || code === "BENCH_USAGE" ? 2 : 3;
  }
}
