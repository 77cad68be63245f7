import type { PlannedTensor } from "@indicia/evidence/registration-format";
import type { OnnxModel, TensorEntry } from "@indicia/onnx/open";
import { elementCount } from "@indicia/onnx/tensor";
import { openPool, type PoolOptions, workerFile } from "@indicia/onnx/worker-pool";
import { planCandidates, planWeights, type WeightPlan } from "./plan.js";
import type { TensorContent } from "./tensor-content.js";
import { storedTensors, type TensorScales, tensorScales } from "./tensor-scales.js";

/** Tensors with fewer weights together are gone through before threads have started. */
const MIN_WEIGHTS: number = 8 * 2 ** 20;

/** What a thread is asked about one tensor of a model file. */
export type TensorTask =
  | { readonly kind: "scales"; readonly file: string; readonly planned: PlannedTensor }
  | { readonly kind: "content"; readonly file: string; readonly id: string };

export type TensorAnswer =
  | { readonly kind: "scales"; readonly scales: TensorScales }
  | { readonly kind: "content"; readonly content: TensorContent };

export interface PassOptions extends PoolOptions {
  /** Tensors with fewer weights together are done without threads, default 8 Mi. */
  readonly minWeights?: number;
}

/**
 * As `tensorScales`, one tensor per thread at a time; the same numbers however many threads there are.
 *
 * @throws CoreError WRONG_REFERENCE where a planned tensor is not in the model
 */
export async function readScales(
  model: OnnxModel,
  plan: readonly PlannedTensor[],
  options: PassOptions = {},
): Promise<Map<string, TensorScales>> {
  for (const planned of plan) storedTensors(model, planned);
  const weights = plan.reduce((sum, { rows, columns }) => sum + rows * columns, 0);
  const tasks = plan.map(
    (planned) =>
      (file: string): TensorTask => ({ kind: "scales", file, planned }),
  );
  const answers = await passed(model, tasks, weights, options);
  if (answers === null) return tensorScales(model, plan);
  return new Map(
    plan.flatMap(({ label }, i) => {
      const answer = answers[i];
      return answer?.kind === "scales" ? [[label, answer.scales]] : [];
    }),
  );
}

/** As `planWeights`, with the tensors' contents hashed in threads. */
export async function planLargeWeights(
  model: OnnxModel,
  options: PassOptions & { readonly exclude: readonly string[] },
): Promise<WeightPlan> {
  const candidates: TensorEntry[] = planCandidates(model, options);
  const weights = candidates.reduce((sum, { dims }) => sum + elementCount(dims), 0);
  const tasks = candidates.map(
    ({ id }) =>
      (file: string): TensorTask => ({ kind: "content", file, id }),
  );
  const answers = await passed(model, tasks, weights, options);
  if (answers === null) return planWeights(model, options);
  const contents = new Map(
    candidates.flatMap(({ id }, i) => {
      const answer = answers[i];
      return answer?.kind === "content" ? [[id, answer.content]] : [];
    }),
  );
  return planWeights(model, { ...options, contents });
}

/** The answers of threads, in order; null where there had better be none. */
async function passed(
  model: OnnxModel,
  tasks: readonly ((file: string) => TensorTask)[],
  weights: number,
  options: PassOptions,
): Promise<TensorAnswer[] | null> {
  const file = model.path;
  const thread = workerFile(new URL("./tensor-worker.js", import.meta.url));
  if (file === null || thread === null || weights < (options.minWeights ?? MIN_WEIGHTS)) return null;
  const pool = openPool<TensorTask, TensorAnswer>(thread, options);
  try {
    return await Promise.all(tasks.map((task) => pool.run(task(file))));
  } finally {
    await pool.close();
  }
}
