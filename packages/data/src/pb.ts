import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { concatRows, type Tensor, type ValueInfo } from "@indicia/onnx/tensor";
import { DataError } from "./error.js";
import { type NamedTensor, readTensorProto } from "./pb-tensor.js";

/** A file per input and example at most; folders with more are not test data. */
const MAX_FILES = 20_000;
/** All files of the folder together: what fits in memory twice. */
const MAX_BYTES = 2 ** 31;

export interface PbData {
  readonly arrays: Record<string, Tensor>;
  /** Files that belong to no input. */
  readonly notes: readonly string[];
}

/**
 * Read a folder of TensorProto files, or a single one. A file belongs to the input that its tensor is named after,
 * else to input i if it is called `input_i.pb`, else to the input it is called after, else to the only input.
 * `output_*.pb` are left out. Several files for one input follow one another along axis 0, in the order of the
 * numbers in their names; so do the folders `test_data_set_0`, `test_data_set_1`, ... of a model of the ONNX zoo.
 *
 * @throws DataError PB_INVALID, DATA_EMPTY, DATA_TOO_LARGE
 */
export async function readPb(path: string, inputs: readonly ValueInfo[]): Promise<PbData> {
  const parts = new Map<string, Tensor[]>();
  const notes: string[] = [];
  for (const file of await pbFiles(path)) {
    const named = await readOne(file);
    const input = ownerOf(basename(file), named, inputs);
    if (input === null) notes.push(`"${basename(file)}" belongs to no input of the model: left out`);
    else parts.set(input, [...(parts.get(input) ?? []), named.tensor]);
  }
  const arrays: Record<string, Tensor> = {};
  for (const [name, tensors] of parts) arrays[name] = chain(name, tensors);
  return { arrays, notes };
}

async function pbFiles(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const entries = await readdir(path, { withFileTypes: true });
  const sets = entries.filter((entry) => entry.isDirectory() && /^test_data_set_\d+$/.test(entry.name));
  const folders = sets.length > 0 ? inOrder(sets.map(({ name }) => join(path, name))) : [path];
  const files: string[] = [];
  for (const folder of folders) {
    const names = (await readdir(folder)).filter(
      (name) => name.endsWith(".pb") && !/^output_\d+\.pb$/.test(name),
    );
    files.push(...inOrder(names).map((name) => join(folder, name)));
    if (files.length > MAX_FILES) throw tooLarge(`more than ${MAX_FILES} files`);
  }
  if (files.length === 0)
    throw new DataError("DATA_EMPTY", `no .pb file in "${path}"`, "Give a folder of TensorProto files.");
  let total = 0;
  for (const file of files) total += (await stat(file)).size;
  if (total > MAX_BYTES) throw tooLarge(`more than ${MAX_BYTES} bytes of .pb files`);
  return files;
}

/** input_2 before input_10. */
function inOrder(names: readonly string[]): string[] {
  return names.toSorted(new Intl.Collator("en", { numeric: true }).compare);
}

async function readOne(file: string): Promise<NamedTensor> {
  const bytes = await readFile(file);
  try {
    return readTensorProto(bytes);
  } catch (cause) {
    if (!(cause instanceof DataError)) throw cause;
    throw new DataError(cause.code, `"${basename(file)}": ${cause.message}`, cause.hint, { cause });
  }
}

function ownerOf(file: string, { name }: NamedTensor, inputs: readonly ValueInfo[]): string | null {
  const names = inputs.map((input) => input.name);
  if (names.includes(name)) return name;
  const index = /^input_(\d+)\.pb$/.exec(file)?.[1];
  if (index !== undefined) return names[Number(index)] ?? null;
  const stem = file.slice(0, -".pb".length);
  if (names.includes(stem)) return stem;
  return names.length === 1 ? (names[0] ?? null) : null;
}

function chain(name: string, tensors: readonly Tensor[]): Tensor {
  const [first, ...others] = tensors;
  if (first === undefined) throw new RangeError("no tensors to chain");
  // A value without axes is the same for every row: the first stands for all.
  if (others.length === 0 || first.dims.length === 0) return first;
  const shape = first.dims.slice(1).join();
  if (others.some(({ type, dims }) => type !== first.type || dims.slice(1).join() !== shape)) {
    throw new DataError(
      "INPUT_SHAPE",
      `the files for input "${name}" differ in type or shape`,
      "Only axis 0 may differ between files of one input.",
    );
  }
  return concatRows(tensors);
}

function tooLarge(what: string): DataError {
  return new DataError("DATA_TOO_LARGE", what, "Give fewer rows.");
}
