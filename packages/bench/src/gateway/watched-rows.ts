import { type FeatureReader, openFeatures } from "@indicia/core/marks/readout/features";
import { findReadout } from "@indicia/core/marks/readout/find";
import { margin } from "@indicia/core/probes/uncertain";
import type { ObservedRows } from "@indicia/defence/monitor/window";
import { openModel, openModelBytes } from "@indicia/onnx/open";
import { type Tensor, toFloat64 } from "@indicia/onnx/tensor";
import { decision } from "@indicia/proof/scores";
import { BenchError } from "../error.js";

/** A classifier whose features a gateway would read, asked in bulk. */
export interface WatchedModel {
  readonly classes: number;
  /** What the monitor sees of rows. */
  readonly observe: (inputs: Tensor) => Promise<ObservedRows>;
  readonly close: () => Promise<void>;
}

/**
 * @param model path or bytes
 * @param input name of its only input
 * @throws BenchError MODEL_UNSUITABLE where it has no read-out
 */
export async function watchModel(model: string | Uint8Array, input: string): Promise<WatchedModel> {
  const opened = typeof model === "string" ? openModel(model) : openModelBytes(model);
  const found = findReadout(opened);
  opened.close();
  if ("refusal" in found) throw new BenchError("MODEL_UNSUITABLE", found.refusal, "Take another model.");
  const reader = await openFeatures(model, found);
  return {
    classes: found.classes,
    observe: (inputs) => observed(reader, input, inputs, found),
    close: () => reader.close(),
  };
}

async function observed(
  reader: FeatureReader,
  input: string,
  inputs: Tensor,
  { features: width, classes }: { readonly features: number; readonly classes: number },
): Promise<ObservedRows> {
  const rows = inputs.dims[0] ?? 0;
  const tensors = { [input]: inputs };
  const { features, logits } = await reader.read({ rows, tensors });
  return {
    rows,
    values: features,
    width,
    inputs: toFloat64(inputs),
    classes: Int32Array.from({ length: rows }, (_, row) => decision(logits, row, classes)),
    margins: Float64Array.from({ length: rows }, (_, row) => margin(logits, row, classes, "softmax")),
  };
}
