import { int16Values } from "@indicia/evidence/numbers";
import { SEED } from "../facts.js";
import { type NullCase, readoutNullCase, wrongKeyStatistics } from "../null-calibration.js";
import { nullRows } from "../null-rows.js";
import { type Row, row } from "../row.js";
import { alsoByLabels, innocentLook } from "./plan-looks.js";
import { innocentNames } from "./plan-models.js";
import type { Profile } from "./profile.js";
import type { Made } from "./results.js";

/** Case and metric by which the figure finds its bars. */
export const DECOY_CASE = "wrong keys against innocents";
/** Width of the bars. */
const BAR = 0.25;

/** Innocents under the real key and under wrong ones. */
export async function innocentRows(
  bench: string,
  profile: Profile,
  made: Made,
  say: (line: string) => void,
): Promise<Row[]> {
  const looks = innocentNames(profile).flatMap((name, i) => [
    innocentLook(name, false),
    ...(alsoByLabels(i) ? [innocentLook(name, true)] : []),
  ]);
  const seen = await Promise.all(looks.map(made.observation));
  const matches = seen.filter(({ verdict }) => verdict === "match").length;
  const strongest = Math.min(...seen.map(({ log10PIdeal }) => log10PIdeal));
  const common = { bench, case: `${looks.length} examinations of innocents under the real key` };
  const rows = [
    row({ ...common, metric: "matches", value: matches, goal: "== 0" }),
    row({ ...common, metric: "strongest log10PIdeal", value: strongest }),
  ];
  const cases = await nullCases(looks, made);
  const measured = nullRows(cases, { keys: profile.wrongKeys, seed: SEED, say });
  // What all residuals say together is the goal; each by itself is too many lines to read.
  const pooled = measured.filter((each) => each.case.startsWith("all "));
  rows.push(...pooled.map((each) => row({ bench, ...each })));
  return [...rows, ...barRows(bench, cases, profile)];
}

/** One residual per examination: the one that is last in the list, relative to shadows and shaped by their spread. */
async function nullCases(looks: readonly string[], made: Made): Promise<NullCase[]> {
  return Promise.all(
    looks.map(async (look) => {
      const { residuals, shape } = await made.observation(look);
      const bytes = await made.file(look, residuals.at(-1) ?? "");
      return readoutNullCase(look, shape, int16Values(bytes));
    }),
  );
}

/** How often T fell between two numbers, over all residuals: what the figure of decoys shows. */
function barRows(bench: string, cases: readonly NullCase[], { wrongKeys }: Profile): Row[] {
  const counts = new Map<number, number>();
  for (const each of cases) {
    for (const T of wrongKeyStatistics(each, wrongKeys, SEED)) {
      const bar = Math.floor(T / BAR);
      counts.set(bar, (counts.get(bar) ?? 0) + 1);
    }
  }
  const total = cases.length * wrongKeys;
  return [...counts]
    .sort(([a], [b]) => a - b)
    .map(([bar, count]) =>
      row({
        bench,
        case: DECOY_CASE,
        metric: `T from ${bar * BAR} to ${(bar + 1) * BAR}`,
        value: count / total,
        seconds: 0,
      }),
    );
}
