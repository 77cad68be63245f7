import { createHash } from "node:crypto";
import { askModel } from "../baselines/ask-model.js";
import { type AnswerDistortion, answerDistortion } from "../baselines/distortion.js";
import { type Row, row } from "../row.js";
import { median } from "../speed/median.js";
import { labelledRows } from "./data.js";
import { keyCases, keyLook } from "./plan-looks.js";
import { copyName } from "./plan-marked.js";
import { ACCURACY_COST } from "./plan-baselines.js";
import type { Profile } from "./profile.js";
import type { Made } from "./results.js";

/** What the mark costs, and what is found of it in the thieves of every key: medians over the keys. */
export async function keyRows(bench: string, profile: Profile, made: Made): Promise<Row[]> {
  const rows = await distortionRows(bench, profile, made);
  for (const each of keyCases(profile)) {
    const seen = await Promise.all(profile.keys.map((key) => made.observation(keyLook(each, key))));
    const [values, T] = [seen.map(({ log10PIdeal }) => log10PIdeal), seen.map((result) => result.T)];
    const common = { bench, case: each.name };
    rows.push(
      row({ ...common, metric: "log10PIdeal", value: median(values), rounds: values, goal: each.goal }),
      row({ ...common, metric: "T", value: median(T), rounds: T }),
    );
  }
  return rows;
}

/** Distortion of the marked copies on the test images. */
async function distortionRows(bench: string, profile: Profile, made: Made): Promise<Row[]> {
  const reference = await made.model("reference");
  const distortion = await copyDistortion(reference, profile);
  const seen = await Promise.all(
    profile.keys.map(async (key) => distortion(await made.model(copyName(key)))),
  );
  const common = { bench, case: "the mark", model: createHash("sha256").update(reference).digest("hex") };
  const metric = (name: string, of: (each: AnswerDistortion) => number, goal?: string): Row => {
    const rounds = seen.map(of);
    return row({
      ...common,
      metric: name,
      value: median(rounds),
      rounds,
      ...(goal === undefined ? {} : { goal }),
    });
  };
  return [
    metric("labels changed", ({ labelsChanged }) => labelsChanged, "<= 0.02"),
    metric("accuracy lost", ({ accuracyCost }) => accuracyCost, `<= ${ACCURACY_COST}`),
    metric("total variation", ({ totalVariation }) => totalVariation),
  ];
}

/** What copies change in the reference's answers to the test images; the reference is asked once for all of them. */
export async function copyDistortion(
  reference: Uint8Array,
  { pool }: Pick<Profile, "pool">,
): Promise<(copy: Uint8Array) => Promise<AnswerDistortion>> {
  const { inputs, labels } = await labelledRows(pool);
  const plain = await askModel(reference)(inputs);
  return async (copy) => answerDistortion(plain, await askModel(copy)(inputs), labels);
}
