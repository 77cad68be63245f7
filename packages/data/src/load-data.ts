import { readFile, stat } from "node:fs/promises";
import { basename } from "node:path";
import type { Tensor, ValueInfo } from "@indicia/onnx/tensor";
import { conform } from "./conform.js";
import { columnsByName, readCsv } from "./csv.js";
import { DataError } from "./error.js";
import { fingerprint } from "./fingerprint.js";
import { readNpy } from "./npy.js";
import { readNpz } from "./npz.js";
import { readPb } from "./pb.js";
import { drawRandom } from "./random.js";

type FileKind = "npy" | "npz" | "csv";
export type DataKind = FileKind | "pb" | "random";

export interface LoadedData {
  readonly rows: number;
  /** One tensor per model input, of the input's type, [rows, ...]; inputs without axes stay so. */
  readonly tensors: Record<string, Tensor>;
  /** {@link fingerprint} of the tensors as they are here, hex. */
  readonly sha256: string;
  /** True where the data were drawn rather than given; whoever reports on them says so. */
  readonly random: boolean;
  readonly kind: DataKind;
  /** What was converted, rounded or left out, one sentence each. */
  readonly notes: readonly string[];
}

/** What one file read of Node 20 can hold. */
const MAX_FILE_BYTES = 2 ** 31 - 1;
const FORMATS = "Give .npy, .npz, .csv, .csv.gz, a .pb file, a folder of .pb files, or random:N.";

/**
 * Read data for a model.
 *
 * @param spec a .npy, .npz, .csv (or .csv.gz) or TensorProto .pb file, a folder of .pb files, or `random:N`
 * @param inputs the model's inputs as declared
 * @param options.seed of `random:N`, default 0
 * @param options.limit keep only the first rows
 * @throws DataError with a code for everything that can be wrong with the data
 */
export async function loadData(
  spec: string,
  inputs: readonly ValueInfo[],
  options: { readonly seed?: number; readonly limit?: number } = {},
): Promise<LoadedData> {
  const { kind, arrays, notes } = spec.startsWith("random:")
    ? fromRandom(spec, inputs, options.seed ?? 0)
    : await fromPath(spec, inputs);
  const fitted = conform(arrays, inputs, {
    ...(options.limit === undefined ? {} : { limit: options.limit }),
    flat: kind === "csv",
  });
  return {
    rows: fitted.rows,
    tensors: fitted.tensors,
    sha256: fingerprint(fitted.tensors),
    random: kind === "random",
    kind,
    notes: [...notes, ...fitted.notes],
  };
}

interface Source {
  readonly kind: DataKind;
  readonly arrays: Readonly<Record<string, Tensor>>;
  readonly notes: readonly string[];
}

function fromRandom(spec: string, inputs: readonly ValueInfo[], seed: number): Source {
  const count = /^random:(\d{1,9})$/.exec(spec)?.[1];
  if (count === undefined) {
    throw new DataError(
      "RANDOM_INVALID",
      `"${spec}" does not say how many rows`,
      "Write, for example, random:256.",
    );
  }
  const arrays = drawRandom(Number(count), inputs, { seed });
  return { kind: "random", arrays, notes: ["the data are random, not real inputs"] };
}

async function fromPath(path: string, inputs: readonly ValueInfo[]): Promise<Source> {
  const info = await stat(path).catch((cause: unknown) => {
    throw new DataError("DATA_NOT_FOUND", `"${path}" cannot be read`, FORMATS, { cause });
  });
  if (info.isDirectory() || path.endsWith(".pb")) return { kind: "pb", ...(await readPb(path, inputs)) };
  if (info.size > MAX_FILE_BYTES) {
    throw new DataError(
      "DATA_TOO_LARGE",
      `"${path}" has ${info.size} bytes`,
      `At most ${MAX_FILE_BYTES} are read.`,
    );
  }
  const kind = formatOf(path);
  const bytes = await readFile(path);
  return { kind, arrays: READ[kind](bytes, inputs), notes: [] };
}

const READ: Record<FileKind, (bytes: Uint8Array, inputs: readonly ValueInfo[]) => Record<string, Tensor>> = {
  npy: (bytes) => ({ array: readNpy(bytes) }),
  npz: readNpz,
  csv: fromCsv,
};

function fromCsv(bytes: Uint8Array, inputs: readonly ValueInfo[]): Record<string, Tensor> {
  const table = readCsv(bytes);
  return inputs.length === 1 ? { table: table.values } : columnsByName(table);
}

function formatOf(path: string): FileKind {
  const name = basename(path).toLowerCase();
  if (name.endsWith(".npy")) return "npy";
  if (name.endsWith(".npz")) return "npz";
  if (name.endsWith(".csv") || name.endsWith(".csv.gz") || name.endsWith(".tsv")) return "csv";
  throw new DataError("DATA_FORMAT", `"${basename(path)}" is in no format that can be read`, FORMATS);
}
