import type { CommandSpec } from "../command.js";
import { parseNumber, text, usage } from "../flags.js";
import type { EvidenceExcerptOptions } from "@indicia/operations/options";

/** Highest number of an exchange: twice what the largest transcript holds. */
const MAX_EXCHANGE = 10_000_000;
/** Most exchanges that are disclosed one by one. */
const MAX_CHOSEN = 50_000;

export const evidenceExcerpt: CommandSpec<EvidenceExcerptOptions> = {
  name: "evidence excerpt",
  summary:
    "disclose some exchanges of an evidence file, each provably one of those sealed, and withhold the rest",
  example: "indicia evidence excerpt evidence.zip --exchanges 3,17-20 --out excerpt.zip",
  declare: (command) =>
    command
      .argument("<evidence>", "the .zip file")
      .requiredOption("--exchanges <numbers>", "which, from 1 in the order of asking, such as 3,17-20")
      .requiredOption("--out <file>", "excerpt to write"),
  read: ([evidence = ""], flags) => ({
    evidence,
    exchanges: numbers(text(flags, "exchanges")),
    out: text(flags, "out"),
  }),
};

/** @throws CliError USAGE */
function numbers(list: string): number[] {
  const chosen: number[] = [];
  for (const range of list.split(",")) {
    const ends = range.trim().split("-");
    if (ends.length > 2) throw usage(`--exchanges takes numbers and ranges, not ${JSON.stringify(range)}`);
    const [from = 0, to = from] = ends.map((end) =>
      parseNumber(end.trim(), "--exchanges", { least: 1, most: MAX_EXCHANGE, whole: true }),
    );
    if (to < from) throw usage(`--exchanges takes ranges that go up, not ${JSON.stringify(range)}`);
    if (chosen.length + to - from >= MAX_CHOSEN)
      throw usage(`--exchanges takes at most ${MAX_CHOSEN}; give the whole evidence instead`);
    for (let number = from; number <= to; number++) chosen.push(number);
  }
  return chosen;
}
