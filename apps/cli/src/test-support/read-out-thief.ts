import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { writeNpz } from "@indicia/data/npz";
import { type Tensor, toFloat64 } from "@indicia/onnx/tensor";
import { runNode } from "../demo/programs.js";

const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));
const EXAMPLE = path.join(ROOT, "packages/bench/dist/example/main.js");

/** Answers that a thief collected: inputs of n rows, and for each a vector. */
export interface Collected {
  readonly tensors: Readonly<Record<string, Tensor>>;
  /** Row-major [n, m]. */
  readonly answers: Float32Array;
}

/** Ask a gateway for every row of one float32 input, 100 at a time. */
export async function collect(
  model: string,
  tensors: Readonly<Record<string, Tensor>>,
  headers: Readonly<Record<string, string>>,
): Promise<Collected> {
  const [[name, tensor] = ["", undefined]] = Object.entries(tensors);
  if (tensor === undefined) throw new TypeError("there is an input");
  const values = toFloat64(tensor);
  const [rows = 0, ...rest] = tensor.dims;
  const width = values.length / rows;
  const found: number[] = [];
  for (let from = 0; from < rows; from += 100) {
    const to = Math.min(from + 100, rows);
    const data = [...values.subarray(from * width, to * width)];
    const inputs = [{ name, shape: [to - from, ...rest], datatype: "FP32", data }];
    const init = { method: "POST", headers, body: JSON.stringify({ inputs }) };
    const response = await fetch(`${model}/infer`, init);
    const { outputs } = (await response.json()) as { outputs: { data: number[] }[] };
    found.push(...(outputs[0]?.data ?? []));
  }
  return { tensors, answers: Float32Array.from(found) };
}

/** Let the example's thief fit the last layer of a body to what was collected, of one customer or of several. */
export async function fitThief(body: string, collected: readonly Collected[], out: string): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), "indicia-thief-"));
  try {
    const answers = collected.flatMap(({ tensors, answers: data }, i) => {
      const rows = Object.values(tensors)[0]?.dims[0] ?? 0;
      const file = path.join(folder, `${i}.npz`);
      const dims = [rows, data.length / rows];
      writeFileSync(file, writeNpz({ ...tensors, answers: { type: "float32", dims, data } }));
      return ["--answers", file];
    });
    await runNode(EXAMPLE, ["thief", ...answers, "--body", body, "--out", out]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
