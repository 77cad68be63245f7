import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { writeNpz } from "@indicia/data/npz";
import type { BenchOptions } from "../bench.js";
import { loadCorpus } from "../corpus/load-corpus.js";
import { claimFlags, type Examined, indicia } from "../first-light/programs.js";
import { magikaRows } from "../magika/features.js";
import { rootPath } from "../root.js";
import { type Row, row } from "../row.js";
import { attacked, matrixAttack } from "./attack-list.js";
import { labelChange, labelsOf, matrixModel } from "./models.js";

/** What 3,000 rows and more certify where the mark changes none of their labels. */
const BUDGET = 0.001;
const FOLLOWED = ["int8 (weights per tensor)", "int8 (weights per channel)", "prune (50 %)"];
const HELD_BACK = 2007;
const QUICK = { heldBack: 100, calibration: 640, budget: 0.005 } as const;

/** A mark under a label budget of 0.1 %, from the command line, and what compression leaves of it. */
export async function budgetRows(bench: string, { quick, say }: BenchOptions): Promise<Row[]> {
  const folder = await mkdtemp(path.join(tmpdir(), "indicia-budget-"));
  const at = (file: string): string => path.join(folder, file);
  try {
    say("marking under a label budget of 0.1 %");
    const original = rootPath("..", "shared", "models", "magika_standard_v3_3.onnx");
    const { files } = await loadCorpus("calibration", quick ? { limit: QUICK.calibration } : {});
    await writeFile(at("calibration.npz"), writeNpz({ bytes: magikaRows("v3_3", files) }));
    await indicia("key", "new", "--out", at("owner.key"));
    const data = ["--calibration", at("calibration.npz"), "--payload", "budget"];
    await indicia("register", original, "--key", at("owner.key"), "--out", at("registration"), ...data);
    const flags = ["--key", at("owner.key"), "--registration", at("registration"), "--readout", "off"];
    const budget = ["--label-budget", String(quick ? QUICK.budget : BUDGET)];
    const report = await indicia<{ marks: { weights: { strength: number } | null } }>(
      "mark",
      original,
      ...flags,
      ...budget,
      "--out",
      at("marked.onnx"),
    );
    const model = await matrixModel("magika_standard_v3_3", quick ? QUICK.heldBack : HELD_BACK);
    const marked = await readFile(at("marked.onnx"));
    const changed = labelChange(await labelsOf(model.bytes, model), await labelsOf(marked, model));
    const common = { bench, case: "magika_standard_v3_3, label budget 0.1 %" };
    const rows = [row({ ...common, metric: "strength", value: report.marks.weights?.strength ?? 0 })];
    if (changed !== null)
      rows.push(row({ ...common, metric: "labels changed on held-back files", value: changed }));
    const claim = claimFlags({ registration: at("registration"), key: at("owner.key"), reference: original });
    for (const name of FOLLOWED) {
      const suspect = await attacked(matrixAttack(name), marked, model);
      if (suspect === null) continue;
      await writeFile(at("attacked.onnx"), suspect);
      const { log10PIdeal } = await indicia<Examined>("examine", at("attacked.onnx"), ...claim);
      rows.push(row({ ...common, metric: `log10PIdeal, ${name}`, value: log10PIdeal, goal: "<= -100" }));
    }
    return rows;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
