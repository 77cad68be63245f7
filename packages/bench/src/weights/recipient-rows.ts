import { average } from "@indicia/attacks/average";
import { lnWrongDecode } from "@indicia/proof/payload-code";
import { toLog10 } from "@indicia/proof/tail";
import type { BenchOptions } from "../bench.js";
import { type Row, row } from "../row.js";
import { attacked, matrixAttack } from "./attack-list.js";
import { evidence, heldAgainst, KEY, marked, measured } from "./look.js";
import { matrixModel } from "./models.js";

/** Recipients among whom a copy's payload is told apart. */
const RECIPIENTS = 10_000_000;
const COPIES = 12;
const MODEL = "dense layers with ReLU";

/** Copies for different recipients: which one a converted copy was, and what is left when several are averaged. */
export async function recipientRows(bench: string, { quick, say }: BenchOptions): Promise<Row[]> {
  const model = await matrixModel(MODEL, 1);
  const { bytes, strength } = model;
  const names = Array.from(
    { length: quick ? 3 : COPIES },
    (_, i) => `recipient ${(i * 7_654_321 + 13) % RECIPIENTS}`,
  );
  const rows: Row[] = [];
  const copies = names.map((payload) => marked(bytes, strength, payload));
  let told = 0;
  let ratio = Number.POSITIVE_INFINITY;
  for (const [i, copy] of copies.entries()) {
    say(`recipient ${i + 1} of ${copies.length}`);
    const suspect = await attacked(matrixAttack("int8 (weights per channel)"), copy.bytes, model);
    const witnesses = heldAgainst(await measured(copy, suspect ?? copy.bytes), KEY, null);
    const decoded = witnesses.find(({ statistic }) => statistic === "decoded payload");
    if (decoded?.payload?.text === names[i]) told++;
    const pilot = witnesses.find(({ statistic }) => statistic === "pilot")?.T ?? 0;
    // The pilot tells the signal; one coded bit has a 1184th of the other half of the weights.
    ratio = Math.min(ratio, pilot / Math.sqrt(1184));
  }
  const common = { bench, case: `${copies.length} copies of ${RECIPIENTS} after int8 per channel` };
  rows.push(
    row({ ...common, metric: "recipients told", value: told, goal: `== ${copies.length}` }),
    row({ ...common, metric: "log10 of a wrong text, at most", value: toLog10(lnWrongDecode(ratio)) }),
  );
  for (const k of quick ? [2] : [2, 3, 5, 10]) {
    const [first, ...others] = copies.slice(0, k);
    if (first === undefined) continue;
    const pooled = average(first.bytes, { others: others.map((copy) => copy.bytes) });
    const witnesses = heldAgainst(await measured(first, pooled), KEY, names[0] ?? null);
    const pilot = witnesses.find(({ statistic }) => statistic === "pilot");
    const averaged = { bench, case: `${k} copies averaged` };
    rows.push(
      row({ ...averaged, metric: "log10PIdeal, pilot", value: toLog10(pilot?.lnP ?? 0), goal: "<= -100" }),
      row({ ...averaged, metric: "log10PIdeal, one of the payloads", value: evidence(witnesses).log10P }),
    );
  }
  return rows;
}
