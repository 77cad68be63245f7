import type { AnswerDistortion } from "../baselines/distortion.js";
import { type Row, row } from "../row.js";
import { median } from "../speed/median.js";
import { baselineNames, detectionName, guardedName } from "./plan-baselines.js";
import { keyCases, keyLook } from "./plan-looks.js";
import type { Profile } from "./profile.js";
import type { Made } from "./results.js";

/** How many times the evidence per query of the best baseline the mark is to give. */
const GOAL = ">= 10";
/** A level that innocents reach by chance once in a hundred. */
const ALARM = 0.01;

/** Methods whose detector asks the thief's own queries again, which an owner has only where he logged them. */
const ASK_AGAIN: ReadonlySet<string> = new Set(["DAWN"]);

/** What the literature's methods say of students of the same distortion, and of innocents; and the mark beside them. */
export async function baselineRows(bench: string, profile: Profile, made: Made): Promise<Row[]> {
  const rows: Row[] = [];
  let best = 0;
  for (const name of baselineNames(profile)) {
    const { suspects, how } = await made.detection(detectionName(name));
    const [thief, ...innocents] = suspects;
    if (thief === undefined) continue;
    const distortion = JSON.parse(
      (await made.file(guardedName(name), "distortion.json")).toString("utf8"),
    ) as AnswerDistortion;
    const alarms = innocents.filter(({ lnP }) => lnP <= Math.log(ALARM)).length;
    const perQuery = thief.queries === 0 ? 0 : Math.max(0, -thief.lnP / thief.queries);
    const common = { bench, case: `${name} (p by ${how})` };
    // A claim that innocents fulfil as well is no evidence, however small its p.
    const sound = alarms <= Math.max(1, 3 * ALARM * innocents.length);
    if (sound && !ASK_AGAIN.has(name)) best = Math.max(best, perQuery);
    rows.push(
      row({ ...common, metric: "labels changed", value: distortion.labelsChanged }),
      row({ ...common, metric: "total variation", value: distortion.totalVariation }),
      row({ ...common, metric: "log10 p, vector thief", value: thief.lnP / Math.LN10 }),
      row({ ...common, metric: "queries", value: thief.queries }),
      row({ ...common, metric: "evidence per query, vector thief", value: perQuery, unit: "nat" }),
      row({
        ...common,
        metric: `innocents with p <= ${ALARM}`,
        value: alarms,
        unit: `of ${innocents.length}`,
      }),
    );
  }
  return [...rows, await ownRow(bench, profile, made, best)];
}

/** The mark's own evidence per query on the vector thieves, the median over keys. */
async function ownRow(bench: string, profile: Profile, made: Made, best: number): Promise<Row> {
  const [vector] = keyCases(profile);
  if (vector === undefined) throw new RangeError("there is a case of the vector thief");
  const rounds: number[] = [];
  for (const key of profile.keys) {
    const { log10PIdeal, queries } = await made.observation(keyLook(vector, key));
    rounds.push((-log10PIdeal * Math.LN10) / queries);
  }
  return row({
    bench,
    case: `the mark, ${vector.name}`,
    metric: "evidence per query, against the best baseline on fresh probes that innocents do not fulfil",
    value: median(rounds),
    unit: "nat",
    rounds,
    baseline: best,
    goal: GOAL,
    goalOn: "ratio",
  });
}
