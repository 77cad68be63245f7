import type { Tensor } from "@indicia/onnx/tensor";
import { openStepSession, type StepSession } from "@indicia/runtime/step-session";
import { batchesOf, orderOf } from "./batches.js";
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint, fingerprintOf } from "./checkpoint.js";
import { dropoutFeeds } from "./dropout.js";
import { AutodiffError } from "./error.js";
import { ROW_WEIGHTS, TARGETS } from "./loss.js";
import { type Optimiser, optimiserFeeds } from "./optimiser.js";
import { random } from "./random.js";
import { rateFactor } from "./schedule.js";
import type { TrainOptions, TrainResult } from "./train-options.js";
import { withInitializers } from "./trained-model.js";
import { type TrainingGraph, trainingGraph } from "./training-graph.js";
import { type TrainingData, trainingData } from "./training-data.js";

const DEFAULT_BATCH = 64;

/**
 * Train a model by gradient descent. Single-threaded and with the same seed it gives the same bytes on one machine.
 *
 * @throws AutodiffError DATA_SHAPE, NOTHING_TO_TRAIN, NO_GRADIENT, SHAPE_UNKNOWN, OPSET_UNSUPPORTED, LOSS_DIVERGED,
 *   CHECKPOINT_INVALID, ABORTED; RuntimeError where the model does not run; OnnxError where it cannot be read
 */
export async function train(options: TrainOptions): Promise<TrainResult> {
  const plan = await planOf(options);
  const begun = beginning(options, plan);
  const session = await openStepSession(plan.graph.bytes, {
    carried: plan.graph.outputs,
    state: begun.state,
    threads: options.threads ?? 1,
  });
  try {
    const losses = await runSteps(options, plan, session, begun);
    const state = session.state();
    const values = new Map([...state].filter(([name]) => plan.graph.changing.includes(name)));
    // The last step's loss was taken before it.
    if (![...values.values()].every(allFinite)) throw diverged(plan.steps - 1, plan.steps);
    return {
      model: withInitializers(options.model, values),
      losses,
      epochLosses: meansOf(losses, plan.stepsPerEpoch),
      trained: plan.graph.changing,
    };
  } finally {
    await session.close();
  }
}

interface Plan {
  readonly data: TrainingData;
  readonly graph: TrainingGraph;
  readonly optimiser: Optimiser;
  readonly stepsPerEpoch: number;
  readonly steps: number;
}

async function planOf(options: TrainOptions): Promise<Plan> {
  const data = await trainingData(options, options.batch ?? DEFAULT_BATCH);
  const optimiser = options.optimiser ?? { kind: "adam" };
  const graph = trainingGraph({
    model: options.model,
    output: data.output,
    outputDims: data.outputDims,
    inputDims: data.inputDims,
    batch: data.batch,
    targets: options.targets,
    weighted: data.rowWeights !== null,
    optimiser,
    clip: options.clip ?? null,
    chosen: options.chosen ?? (() => true),
  });
  const stepsPerEpoch = Math.floor(data.rows / data.batch);
  return { data, graph, optimiser, stepsPerEpoch, steps: stepsPerEpoch * options.epochs };
}

function beginning({ checkpoint, ...options }: TrainOptions, { graph, data, steps }: Plan): Checkpoint {
  const { epochs, rate, optimiser, schedule, clip, seed, targets } = options;
  const identity = fingerprintOf([
    graph.bytes,
    JSON.stringify([epochs, data.batch, steps, rate, optimiser, schedule, clip, seed, targets.kind]),
    ...data.bytes(),
  ]);
  const resume = checkpoint?.resume ?? null;
  if (resume !== null) return decodeCheckpoint(resume, identity, graph.state);
  return { fingerprint: identity, step: 0, losses: new Float32Array(0), state: graph.state };
}

async function runSteps(
  options: TrainOptions,
  plan: Plan,
  session: StepSession,
  begun: Checkpoint,
): Promise<Float32Array> {
  const { data, steps, stepsPerEpoch, optimiser } = plan;
  const { signal, schedule = { kind: "constant" }, checkpoint } = options;
  const losses = new Float32Array(steps);
  losses.set(begun.losses);
  const feeds = stepFeeds(options, plan, session);
  const tell = progressOf(options, plan, begun.step);
  const every = checkpoint?.every ?? stepsPerEpoch;
  const save = async (step: number): Promise<void> =>
    checkpoint?.save(
      encodeCheckpoint({ ...begun, step, losses: losses.slice(0, step), state: session.state() }),
    );
  for (let step = begun.step; step < steps; step++) {
    if (signal?.aborted === true) {
      if (step > begun.step) await save(step);
      throw aborted(step, steps, signal.reason);
    }
    const rate = options.rate * rateFactor(schedule, step, steps);
    const { values, floor } = feeds(step);
    const outputs = await session.step({
      ...values,
      ...onlyTaken(session, optimiserFeeds(optimiser, rate, step)),
    });
    const loss = Number(outputs[plan.graph.loss]?.data[0]);
    if (!Number.isFinite(loss)) throw diverged(step, steps);
    losses[step] = loss - floor;
    if (checkpoint !== undefined && (step + 1) % every === 0 && step + 1 < steps) await save(step + 1);
    tell(step + 1, losses[step] ?? 0, data.batch);
  }
  return losses;
}

interface StepFeeds {
  readonly values: Record<string, Tensor>;
  /** Least loss that this batch can have. */
  readonly floor: number;
}

/** What the graph is fed at a step: rows in the epoch's order, their targets and weights, the step's seed. */
function stepFeeds(options: TrainOptions, plan: Plan, session: StepSession): (step: number) => StepFeeds {
  const { data, stepsPerEpoch } = plan;
  const inputs = batchesOf(data.inputs, data.batch);
  const targets = batchesOf(
    { [TARGETS]: data.targets, ...(data.rowWeights === null ? {} : { [ROW_WEIGHTS]: data.rowWeights }) },
    data.batch,
  );
  let epoch = -1;
  let order: Uint32Array = new Uint32Array(0);
  return (step) => {
    const current = Math.floor(step / stepsPerEpoch);
    if (current !== epoch) {
      epoch = current;
      order = orderOf(options.seed, epoch, data.rows);
    }
    const at = (step % stepsPerEpoch) * data.batch;
    const rows = order.subarray(at, at + data.batch);
    const plain = inputs.fill(rows);
    const batch =
      options.augment === undefined
        ? plain
        : options.augment(plain, random(options.seed, `augmentation ${step}`));
    const seed = random(options.seed, `dropout ${step}`).below(2 ** 31);
    return {
      values: {
        ...batch,
        ...data.fixedInputs,
        ...targets.fill(rows),
        ...onlyTaken(session, dropoutFeeds(seed)),
      },
      floor: rows.reduce((sum, row) => sum + (data.floors[row] ?? 0), 0) / data.batch,
    };
  };
}

function onlyTaken(session: StepSession, feeds: Record<string, Tensor>): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(feeds).filter(([name]) => session.inputs.includes(name)));
}

function progressOf(
  { epochs, onProgress, now = () => performance.now() }: TrainOptions,
  { steps, stepsPerEpoch }: Plan,
  first: number,
): (step: number, loss: number, rows: number) => void {
  const start = now();
  return (step, loss, rows) => {
    if (onProgress === undefined) return;
    const seconds = Math.max(1e-6, (now() - start) / 1000);
    const perStep = seconds / (step - first);
    onProgress({
      epoch: Math.ceil(step / stepsPerEpoch),
      epochs,
      step,
      steps,
      loss,
      rowsPerSecond: rows / perStep,
      secondsLeft: (steps - step) * perStep,
    });
  };
}

function allFinite({ data }: Tensor): boolean {
  return data instanceof Float32Array && data.every((value) => Number.isFinite(value));
}

function meansOf(losses: Float32Array, size: number): number[] {
  return Array.from(
    { length: losses.length / size },
    (_, i) => losses.subarray(i * size, (i + 1) * size).reduce((sum, loss) => sum + loss, 0) / size,
  );
}

function aborted(step: number, steps: number, cause: unknown): AutodiffError {
  return new AutodiffError(
    "ABORTED",
    `stopped after ${step} of ${steps} steps`,
    "Start it again, from its checkpoint if there is one.",
    { cause },
  );
}

function diverged(step: number, steps: number): AutodiffError {
  return new AutodiffError(
    "LOSS_DIVERGED",
    `the loss or a weight is no finite number at step ${step + 1} of ${steps}`,
    "Lower the learning rate, or limit the norm of the gradients.",
  );
}
