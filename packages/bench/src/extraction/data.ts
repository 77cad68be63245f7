import { fingerprint } from "@indicia/data/fingerprint";
import type { InputRows } from "@indicia/core/registration";
import { sliceRows } from "@indicia/onnx/tensor";
import type { LabelledRows } from "../baselines/baseline.js";
import { type FashionData, loadFashion, loadMnist } from "./fashion.js";

/** Name of the models' input. */
export const INPUT = "image";

/** Rows of a set, `to` not included. */
export interface RowsOf {
  readonly set: "fashion-train" | "fashion-test" | "mnist-test";
  readonly from: number;
  readonly to: number;
}

const loaded = new Map<RowsOf["set"], Promise<FashionData>>();

/** Images with what they really are. */
export async function labelledRows({ set, from, to }: RowsOf): Promise<LabelledRows> {
  const known = loaded.get(set) ?? load(set);
  loaded.set(set, known);
  const { images, labels } = await known;
  return { inputs: sliceRows(images, from, to), labels: labels.slice(from, to) };
}

/** Images as a registration takes them. */
export async function inputRows(rows: RowsOf): Promise<InputRows> {
  const { inputs } = await labelledRows(rows);
  const tensors = { [INPUT]: inputs };
  return { rows: rows.to - rows.from, tensors, sha256: fingerprint(tensors), random: false };
}

function load(set: RowsOf["set"]): Promise<FashionData> {
  switch (set) {
    case "fashion-train":
      return loadFashion("train");
    case "fashion-test":
      return loadFashion("t10k");
    case "mnist-test":
      return loadMnist();
  }
}
