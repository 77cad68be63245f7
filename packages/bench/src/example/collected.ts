import { readFile } from "node:fs/promises";
import type { Answers } from "@indicia/autodiff/evaluate";
import { readNpz, writeNpz } from "@indicia/data/npz";
import { writeDurably } from "@indicia/evidence/durable-file";
import { type Tensor, toFloat64 } from "@indicia/onnx/tensor";
import { BenchError } from "../error.js";

/** Name of the array that holds the answers, beside the input's. */
const ANSWERS = "answers";

/** What a thief asked and was answered: one input of n rows, and a vector for each. */
export interface Collected {
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly answers: Answers;
}

/** The only array of a .npz, with its name. @throws BenchError DATA_INVALID */
export async function readOnlyInput(file: string): Promise<{ name: string; rows: Tensor }> {
  const [first, ...more] = Object.entries(readNpz(new Uint8Array(await readFile(file))));
  if (first === undefined || more.length > 0)
    throw new BenchError("DATA_INVALID", `${file} has ${more.length + 1} arrays`, "Give one array of rows.");
  const [name, rows] = first;
  return { name, rows };
}

/** Write what was collected as a .npz: the input under its name, and `answers` [n, classes]. */
export async function writeCollected({ inputs, answers }: Collected, file: string): Promise<void> {
  const { rows, classes, values } = answers;
  const answered = { type: "float32" as const, dims: [rows, classes], data: values };
  await writeDurably(file, writeNpz({ ...inputs, [ANSWERS]: answered }, { compress: true }));
}

/** @throws BenchError DATA_INVALID */
export async function readCollected(file: string): Promise<Collected> {
  const { [ANSWERS]: answered, ...inputs } = readNpz(new Uint8Array(await readFile(file)));
  const [rows = 0, classes = 0] = answered?.dims ?? [];
  const [input, ...more] = Object.values(inputs);
  if (answered === undefined || answered.dims.length !== 2 || more.length > 0 || input?.dims[0] !== rows)
    throw new BenchError(
      "DATA_INVALID",
      `${file} holds no input of n rows with ${ANSWERS} [n, classes]`,
      "Let --keep write it.",
    );
  return { inputs, answers: { rows, classes, values: Float32Array.from(toFloat64(answered)) } };
}
