import { type Row, row } from "../row.js";
import { median } from "../speed/median.js";
import { copyDistortion } from "./key-rows.js";
import { distortedLook, keyCases, keyLook } from "./plan-looks.js";
import { copyName, distortedName } from "./plan-marked.js";
import { LABELS_CHANGED, type Profile } from "./profile.js";
import type { Made } from "./results.js";

/** Cases and metrics by which the figures find their points. */
export const QUERIES_CASE = "evidence against queries: ";
export const DISTORTION_CASE = "evidence against distortion: ";

/** Evidence at every look, the median of all keys. */
export async function queryRows(bench: string, profile: Profile, made: Made): Promise<Row[]> {
  const rows: Row[] = [];
  for (const each of keyCases(profile)) {
    const seen = await Promise.all(profile.keys.map((key) => made.observation(keyLook(each, key))));
    for (const [at, { probes }] of (seen[0]?.looks ?? []).entries()) {
      const rounds = seen.map(({ looks }) => looks[at]?.log10PIdeal ?? 0);
      rows.push(
        row({
          bench,
          case: `${QUERIES_CASE}${each.name}`,
          metric: `log10PIdeal, ${probes} probes`,
          value: median(rounds),
          rounds,
        }),
      );
    }
  }
  return rows;
}

/** Evidence against a vector thief by how much the mark changes, under one key. */
export async function strengthRows(bench: string, profile: Profile, made: Made): Promise<Row[]> {
  const [key = 1] = profile.keys;
  const usual = keyCases(profile)[1];
  const distortion = await copyDistortion(await made.model("reference"), profile);
  const all = [
    ...profile.strengths.map((labels) => ({
      labels,
      copy: distortedName(labels),
      look: distortedLook(labels),
    })),
    ...(usual === undefined
      ? []
      : [{ labels: LABELS_CHANGED, copy: copyName(key), look: keyLook(usual, key) }]),
  ].sort((a, b) => a.labels - b.labels);
  const rows: Row[] = [];
  for (const { labels, copy, look } of all) {
    const { log10PIdeal } = await made.observation(look);
    const { labelsChanged, totalVariation } = await distortion(await made.model(copy));
    const common = { bench, case: `${DISTORTION_CASE}${100 * labels} % allowed` };
    rows.push(
      row({ ...common, metric: "labels changed", value: labelsChanged }),
      row({ ...common, metric: "total variation", value: totalVariation }),
      row({ ...common, metric: "log10PIdeal", value: log10PIdeal }),
    );
  }
  return rows;
}
