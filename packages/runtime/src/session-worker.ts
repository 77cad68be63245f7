import { workerData } from "node:worker_threads";
import { serveTasks } from "@indicia/onnx/worker-pool";
import { compactTensors } from "./compact-tensors.js";
import { openSession } from "./session.js";
import type { SessionAnswer, SessionTask, SessionThread } from "./session-threads.js";

const { model, options } = workerData as SessionThread;
// What is shared between threads cannot be passed to the runtime.
const externalData = options.externalData?.map(({ path, data }) => ({ path, data: data.slice() }));
const opening = openSession(typeof model === "string" ? model : new Uint8Array(model).slice(), {
  ...options,
  ...(externalData === undefined ? {} : { externalData }),
});
// Every task says it again; without a task nobody has to know.
opening.catch(() => undefined);

serveTasks(async (task: SessionTask): Promise<SessionAnswer> => {
  const session = await opening;
  if (task.kind === "describe") return { inputs: session.inputs, outputs: session.outputs };
  return { results: compactTensors(await session.run(task.feeds, task.outputs)) };
});
