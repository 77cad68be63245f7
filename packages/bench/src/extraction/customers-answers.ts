import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Answers } from "@indicia/autodiff/evaluate";
import { softmaxInPlace } from "@indicia/autodiff/targets";
import { customerCarrier, customerLogits, customerPlace } from "@indicia/core/customer-mark";
import { gatewayKeys } from "@indicia/core/gateway-keys";
import type { MarkReport } from "@indicia/core/mark";
import { readFeatures } from "@indicia/core/marks/readout/features";
import type { Tensor } from "@indicia/onnx/tensor";
import { BenchError } from "../error.js";
import { ownerKey, readRegistration } from "./claim.js";
import { INPUT } from "./data.js";
import { folderOf, modelPath, type Needs } from "./needs.js";
import type { CustomersOf } from "./recipe.js";

/** What a gateway answers where customers share the queries, one after another, each under a mark of his own. */
export async function customersAnswers(
  { ids, key }: CustomersOf,
  needs: Needs,
  inputs: Tensor,
): Promise<Answers> {
  const registration = await readRegistration(needs);
  const { readout } = registration.file;
  if ("refusal" in readout)
    throw new BenchError("MODEL_UNSUITABLE", readout.refusal, "Take another reference.");
  const rows = inputs.dims[0] ?? 0;
  const read = await readFeatures(modelPath(needs, "reference"), readout, {
    rows,
    tensors: { [INPUT]: inputs },
  });
  const place = customerPlace(registration);
  const { customer } = gatewayKeys(registration, ownerKey(key));
  const strength = await markedStrength(needs);
  const { features: d, classes: m } = readout;
  const values = new Float32Array(rows * m);
  for (const [at, id] of ids.entries()) {
    const [from, to] = [at, at + 1].map((i) => Math.round((i * rows) / ids.length)) as [number, number];
    const answers = {
      rows: to - from,
      features: read.features.subarray(from * d, to * d),
      logits: read.logits.subarray(from * m, to * m),
    };
    const carrier = customerCarrier(customer(id), place);
    const logits = customerLogits(answers, { carrier, place, strength });
    for (let i = 0; i < to - from; i++) softmaxInPlace(logits.subarray(i * m, (i + 1) * m));
    values.set(logits, from * m);
  }
  return { rows, classes: m, values };
}

/** Strength of the read-out mark of a marked copy. */
async function markedStrength(needs: Needs): Promise<number> {
  const text = await readFile(path.join(folderOf(needs, "marked"), "report.json"), "utf8");
  const { marks } = JSON.parse(text) as MarkReport;
  if (marks.readout !== null) return marks.readout.strength;
  throw new BenchError("MODEL_UNSUITABLE", "the copy has no read-out mark", "Allow more labels to change.");
}
