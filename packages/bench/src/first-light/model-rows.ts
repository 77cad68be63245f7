import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { nodeKeystream } from "@indicia/core/keystream-node";
import { embedWeights } from "@indicia/core/marks/weights/embed";
import { measureWeights } from "@indicia/core/marks/weights/measure";
import { planWeights } from "@indicia/core/marks/weights/plan";
import { openModel } from "@indicia/onnx/open";
import { writeModel } from "@indicia/onnx/write";
import { decoySeed } from "@indicia/proof/decoys";
import { toLog10 } from "@indicia/proof/tail";
import { detectWeights } from "@indicia/proof/weight-detect";
import { openSession } from "@indicia/runtime/session";
import { rootPath } from "../root.js";
import { type Row, row } from "../row.js";

/** Models made elsewhere that are read, marked in their weights, loaded by onnxruntime and detected again. */
const MODELS = [
  "dtln_1",
  "magika_standard_v1",
  "magika_standard_v3_3",
  "mnist_cnn_cntk",
  "silero_vad_16k_op15",
  "silero_vad_2021_micro",
] as const;
const STRENGTH = 0.005;
const PAYLOAD = "every model";

/** One row per model: what the weight mark says, T over all weights under the registered payload. */
export async function modelRows(bench: string, folder: string): Promise<Row[]> {
  const rows: Row[] = [];
  await mkdir(folder, { recursive: true });
  for (const name of MODELS) {
    const model = openModel(rootPath("..", "shared", "models", `${name}.onnx`));
    const plan = planWeights(model, { exclude: [] });
    if ("refusal" in plan) throw new Error(`${name}: ${plan.refusal}`);
    const seed = decoySeed(new Uint8Array(32), 1);
    const embedded = embedWeights({
      model,
      plan: plan.tensors,
      seed,
      strength: STRENGTH,
      payload: PAYLOAD,
      keystream: nodeKeystream,
    });
    const out = path.join(folder, `${name}.onnx`);
    writeModel(model, embedded.edits, out);
    await (await openSession(out)).close();
    const suspect = openModel(out);
    const { segments, residual } = await measureWeights({ plan: plan.tensors, suspect, reference: model });
    const found = detectWeights({
      seed,
      segments,
      residual,
      committedPayload: PAYLOAD,
      keystream: nodeKeystream,
    });
    const best = found.find(({ statistic }) => statistic === "committed payload");
    rows.push(
      row({
        bench,
        case: name,
        metric: `log10PIdeal, ${embedded.weights} weights at 0.5 %`,
        value: toLog10(best?.lnP ?? 0),
        goal: "<= -100",
      }),
    );
    suspect.close();
    model.close();
    await rm(out, { force: true });
  }
  return rows;
}
