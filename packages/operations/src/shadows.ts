import { type Architecture, fittingArchitectures } from "@indicia/autodiff/architectures/initial-model";
import { distil } from "@indicia/autodiff/distil";
import { type Answers, answersOf } from "@indicia/autodiff/evaluate";
import { withInputDims } from "@indicia/autodiff/trained-model";
import { findReadout } from "@indicia/core/marks/readout/find";
import type { InputRows } from "@indicia/core/registration";
import type { OnnxModel } from "@indicia/onnx/open";
import type { Tensor, ValueInfo } from "@indicia/onnx/tensor";
import type { Context, Job } from "./context.js";
import { counted } from "./counted.js";
import { OperationError } from "./error.js";
import { fedInputs, identify, loadRows, stages, withModel } from "./load.js";
import type { ShadowsOptions } from "./options.js";
import {
  openShadowsFolder,
  type PlannedShadow,
  type ShadowsFolder,
  type ShadowsPlan,
} from "./shadows-folder.js";

/** Rows that a student sees altogether, where nobody says how often it is to see each. */
const ROWS_SEEN = 200_000;
const FEWEST_EPOCHS = 4;
const MOST_EPOCHS = 60;
/** Fewer rows than this teach a student little. */
const FEW_ROWS = 2000;

/** `indicia shadows`: train students of the unmarked model, before it is registered. */
export const shadows: Job<ShadowsOptions> = (options, context) =>
  withModel(options.model, async (model) => {
    const input = onlyInput(model);
    const rows = await loadRows(options.inputs, [input], context);
    if (rows.random || rows.rows < FEW_ROWS) context.say(warning(rows));
    const { sha256: reference } = await identify(options.model, model, context.signal);
    const plan = planOf(options, reference, input, rows);
    const folder = await openShadowsFolder(options.out, plan, options.resume);
    const left = plan.models.slice(folder.finished.length);
    if (left.length > 0) {
      const answers = await askReference(options.model, model, rows, context);
      for (const shadow of left) await make(shadow, input, rows, answers, folder, context);
      await folder.finish();
    }
    context.say(
      `${counted(folder.finished.length, "shadow")} in ${options.out}. Give them to register with --shadows ${options.out}.`,
    );
    const { inputs } = plan;
    return {
      exitCode: 0,
      report: {
        folder: options.out,
        reference,
        inputs,
        models: folder.finished.map((each) => ({ ...each })),
      },
    };
  });

function planOf(
  { count, epochs, architectures, seed }: ShadowsOptions,
  reference: string,
  input: ValueInfo,
  { rows, sha256, random, tensors }: InputRows,
): ShadowsPlan {
  const { type, dims } = tensorOf(tensors, input);
  const fitting = fittingArchitectures({ name: input.name, type, dims: dims.slice(1) });
  const shapes = architectures ?? fitting;
  const models = Array.from({ length: count }, (_, i): PlannedShadow => {
    const architecture = shapes[i % shapes.length] ?? fitting[0] ?? "mlp";
    return {
      file: `shadow-${i + 1}.onnx`,
      architecture,
      seed: seed + i,
      epochs: epochs ?? Math.min(MOST_EPOCHS, Math.max(FEWEST_EPOCHS, Math.ceil(ROWS_SEEN / rows))),
    };
  });
  return { reference, inputs: { rows, sha256, random }, models };
}

/** What the reference answers to the owner's rows: the read-out's logits, or the first output where none is found. */
async function askReference(
  file: string,
  model: OnnxModel,
  { tensors }: InputRows,
  context: Context,
): Promise<Answers> {
  const readout = findReadout(model);
  const progress = stages(context);
  const answers = await answersOf(file, tensors, {
    ...("refusal" in readout ? {} : { output: readout.logits }),
    signal: context.signal,
    onProgress: (done, total) => progress.report("asking the reference", done, total),
  });
  progress.done();
  return answers;
}

async function make(
  shadow: PlannedShadow,
  input: ValueInfo,
  { tensors }: InputRows,
  answers: Answers,
  folder: ShadowsFolder,
  context: Context,
): Promise<void> {
  const { file, architecture, seed, epochs } = shadow;
  const bar = context.progress(`${file} (${architecture})`);
  const { model, agreement } = await distil({
    student: { architecture: architecture as Architecture, input: input.name },
    inputs: { [input.name]: tensorOf(tensors, input) },
    answers,
    seed,
    epochs,
    checkpoint: {
      resume: await folder.checkpoint(shadow),
      save: (bytes) => folder.saveCheckpoint(shadow, bytes),
    },
    signal: context.signal,
    onProgress: ({ step, steps, rowsPerSecond }) =>
      bar.update(step, steps, `${Math.round(rowsPerSecond)} rows/s`),
  }).catch((error: unknown) => {
    throw context.signal.aborted ? interrupted(file, error) : error;
  });
  bar.stop();
  await folder.keep({ ...shadow, agreement }, withInputDims(model, input.name, input.dims));
  context.say(
    `${file}: ${architecture}, gives the reference's label on ${(100 * agreement).toFixed(1)} % of the inputs.`,
  );
}

function interrupted(file: string, cause: unknown): OperationError {
  const how = cause instanceof Error ? cause.message : "stopped";
  return new OperationError("ABORTED", `${file}: ${how}`, "Give the same line with --resume to go on.", {
    cause,
  });
}

function onlyInput(model: OnnxModel): ValueInfo {
  const inputs = fedInputs(model);
  const [input] = inputs;
  if (input !== undefined && inputs.length === 1) return input;
  throw new OperationError(
    "MODEL_UNSUITED",
    `the model has ${inputs.length} inputs`,
    "Students are made of models with one input.",
  );
}

function tensorOf(tensors: InputRows["tensors"], { name }: ValueInfo): Tensor {
  const tensor = tensors[name];
  if (tensor === undefined)
    throw new OperationError("MODEL_UNSUITED", `no rows for "${name}"`, "Check the inputs.");
  return tensor;
}

function warning({ rows, random }: InputRows): string {
  return random
    ? "The inputs are random: students of them resemble no student of real inputs, and help little."
    : `${counted(rows, "row is", "rows are")} few: the students will know the reference badly. Give 10,000 or more.`;
}
