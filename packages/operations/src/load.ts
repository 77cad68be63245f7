import path from "node:path";
import type { RowFormat } from "@indicia/core/registration-folder";
import type { InputRows } from "@indicia/core/registration";
import { fingerprint } from "@indicia/data/fingerprint";
import { loadData } from "@indicia/data/load-data";
import { readNpz, writeNpz } from "@indicia/data/npz";
import { hashFiles } from "@indicia/onnx/hash-files";
import { type OnnxModel, openModel } from "@indicia/onnx/open";
import type { ValueInfo } from "@indicia/onnx/tensor";
import type { RegistrationFile } from "@indicia/evidence/registration-format";
import type { Context } from "./context.js";

/** Registered rows are kept as .npz. */
export const npzRows: RowFormat = {
  encode: (tensors) => writeNpz(tensors, { compress: true }),
  decode: readNpz,
  fingerprint,
};

/** A model's bytes on disk, as a registration names them. */
export type FileIdentity = RegistrationFile["reference"];

/** Hash a model and its external data, streaming, several files at once. */
export async function identify(file: string, model: OnnxModel, signal?: AbortSignal): Promise<FileIdentity> {
  const files = [file, ...model.externalFiles.map((name) => path.join(path.dirname(file), name))];
  const [main, ...rest] = await hashFiles(files, signal === undefined ? {} : { signal });
  if (main === undefined) throw new RangeError("a model has a file");
  const externalFiles = model.externalFiles.flatMap((name, i) => {
    const hash = rest[i];
    return hash === undefined ? [] : [{ name, ...hash }];
  });
  return { ...main, externalFiles };
}

/** Open a model for the time of one job. */
export async function withModel<T>(file: string, use: (model: OnnxModel) => Promise<T>): Promise<T> {
  const model = openModel(file);
  try {
    return await use(model);
  } finally {
    model.close();
  }
}

/** Inputs that a caller must feed: those that are not stored in the model. */
export function fedInputs(model: OnnxModel): ValueInfo[] {
  const stored = new Set(model.graph.initializers.map(({ name }) => name));
  return model.graph.inputs.filter(({ name }) => !stored.has(name));
}

/** Rows for a model from a path or `random:N`, saying what was converted. */
export async function loadRows(
  spec: string,
  inputs: readonly ValueInfo[],
  context: Context,
): Promise<InputRows> {
  const loaded = await loadData(spec, inputs);
  for (const note of loaded.notes) context.say(`${spec}: ${note}`);
  return { rows: loaded.rows, tensors: loaded.tensors, sha256: loaded.sha256, random: loaded.random };
}

/** One bar per named stage of a job; the last one is stopped by `done`. */
export function stages(context: Context): {
  report: (stage: string, done: number, total: number) => void;
  done: () => void;
} {
  let label = "";
  let bar: ReturnType<Context["progress"]> | null = null;
  return {
    report: (stage, done, total) => {
      if (stage !== label) {
        bar?.stop();
        bar = context.progress(stage);
        label = stage;
      }
      bar?.update(done, total);
    },
    done: () => {
      bar?.stop();
      bar = null;
      label = "";
    },
  };
}
