// A thread that goes through tensors of a model, without any key.

import { openModel, type OnnxModel } from "@indicia/onnx/open";
import { serveTasks } from "@indicia/onnx/worker-pool";
import { tensorContent } from "./tensor-content.js";
import type { TensorAnswer, TensorTask } from "./tensor-passes.js";
import { scalesOf } from "./tensor-scales.js";

const opened = new Map<string, OnnxModel>();

serveTasks((task: TensorTask): TensorAnswer => {
  const model = opened.get(task.file) ?? openModel(task.file);
  opened.set(task.file, model);
  if (task.kind === "scales") return { kind: "scales", scales: scalesOf(model, task.planned) };
  const tensor = model.tensors.find(({ id }) => id === task.id);
  if (tensor === undefined) throw new Error(`the model has changed: it has no tensor "${task.id}"`);
  return { kind: "content", content: tensorContent(model, tensor) };
});
