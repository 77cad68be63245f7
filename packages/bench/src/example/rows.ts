import { parseArgs } from "node:util";
import { writeNpz } from "@indicia/data/npz";
import { writeDurably } from "@indicia/evidence/durable-file";
import { BenchError } from "../error.js";
import { glyphRows } from "./draw-rows.js";

/** How `rows` is called. */
export const ROWS_USAGE = "example rows --of glyphs --count N [--noise N] [--seed TEXT] --out FILE.npz";

/** `rows`: draw rows for a model of `test-models/`. @throws BenchError BENCH_USAGE */
export async function rowsCommand(args: readonly string[], say: (line: string) => void): Promise<void> {
  const text = { type: "string" } as const;
  const { of, count, noise, seed, out } = parseArgs({
    args: [...args],
    options: {
      of: text,
      count: text,
      noise: { ...text, default: "0" },
      seed: { ...text, default: "1" },
      out: text,
    },
  }).values;
  if (of !== "glyphs") throw new BenchError("BENCH_USAGE", "rows are drawn --of glyphs alone", ROWS_USAGE);
  if (out === undefined) throw new BenchError("BENCH_USAGE", "--out is missing", ROWS_USAGE);
  const rows = glyphRows({
    seed,
    count: wholeNumber("--count", count, 1),
    noise: wholeNumber("--noise", noise, 0),
  });
  await writeDurably(out, writeNpz(rows, { compress: true }));
  say(`${out} holds ${count} glyphs${noise === "0" ? "" : ` and ${noise} images of noise`}.`);
}

function wholeNumber(flag: string, value: string | undefined, least: number): number {
  const number = Number(value);
  if (value !== undefined && Number.isSafeInteger(number) && number >= least && number <= 1_000_000)
    return number;
  throw new BenchError("BENCH_USAGE", `${flag} takes a number from ${least} to 1000000`, ROWS_USAGE);
}
