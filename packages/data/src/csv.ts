import { gunzipSync } from "node:zlib";
import type { Tensor } from "@indicia/onnx/tensor";
import { parse } from "csv-parse/sync";
import { DataError } from "./error.js";

/** Text is ten times larger than the numbers in it; more than this belongs in a .npy file. */
const MAX_TEXT_BYTES = 512 * 1024 * 1024;
/** A row is one example; 16 MiB of digits is over a million numbers. */
const MAX_RECORD_BYTES = 16 * 1024 * 1024;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

export interface CsvTable {
  /** Names of the columns, or null where the first line is already numbers. */
  readonly header: readonly string[] | null;
  /** float64, [rows, columns]. */
  readonly values: Tensor & { readonly data: Float64Array };
}

/**
 * Read numbers separated by commas, semicolons or tabs, gzipped or not. A first line with anything but numbers is
 * taken as names.
 *
 * @throws DataError CSV_INVALID naming the line and column, DATA_TOO_LARGE
 */
export function readCsv(bytes: Uint8Array): CsvTable {
  const records = parseRecords(inflate(bytes));
  const first = records[0];
  if (first === undefined) throw invalid("it has no rows");
  const header = first.every((cell) => NUMBER.test(cell)) ? null : first;
  const rows = header === null ? records : records.slice(1);
  const columns = first.length;
  const data = new Float64Array(rows.length * columns);
  for (const [row, cells] of rows.entries()) {
    for (const [column, cell] of cells.entries()) {
      const value = NUMBER.test(cell) ? Number(cell) : Number.NaN;
      if (!Number.isFinite(value)) {
        const line = row + (header === null ? 1 : 2);
        throw invalid(`row ${line}, column ${column + 1} is "${cell.slice(0, 40)}", not a number`);
      }
      data[row * columns + column] = value;
    }
  }
  return { header, values: { type: "float64", dims: [rows.length, columns], data } };
}

/**
 * The columns of a table by input: a column belongs to the input it is named after, several to one input as
 * `name[0]`, `name[1]`, ... in the order they stand.
 *
 * @returns float64 tensors [rows, columns of that name]
 */
export function columnsByName(table: CsvTable): Record<string, Tensor> {
  const [rows = 0, columns = 0] = table.values.dims;
  const groups = new Map<string, number[]>();
  for (const [column, title] of (table.header ?? []).entries()) {
    const name = title.replace(/\[\d+\]$/, "");
    groups.set(name, [...(groups.get(name) ?? []), column]);
  }
  const tensors: Record<string, Tensor> = {};
  for (const [name, chosen] of groups) {
    const data = new Float64Array(rows * chosen.length);
    for (let row = 0; row < rows; row++) {
      for (const [i, column] of chosen.entries()) {
        data[row * chosen.length + i] = table.values.data[row * columns + column] ?? 0;
      }
    }
    tensors[name] = { type: "float64", dims: [rows, chosen.length], data };
  }
  return tensors;
}

function inflate(bytes: Uint8Array): Uint8Array {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) {
    if (bytes.length > MAX_TEXT_BYTES) throw tooLarge();
    return bytes;
  }
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_TEXT_BYTES });
  } catch (cause) {
    if (cause instanceof RangeError) throw tooLarge();
    throw invalid("it cannot be unpacked", cause);
  }
}

function parseRecords(text: Uint8Array): string[][] {
  try {
    return parse(text, {
      bom: true,
      delimiter: [",", ";", "\t"],
      skip_empty_lines: true,
      trim: true,
      max_record_size: MAX_RECORD_BYTES,
    });
  } catch (cause) {
    throw invalid(cause instanceof Error ? cause.message : "it cannot be parsed", cause);
  }
}

function invalid(what: string, cause?: unknown): DataError {
  return new DataError(
    "CSV_INVALID",
    `not a valid .csv file: ${what}`,
    "Give one row per example, numbers only, every row as long as the first; names may stand in the first line.",
    { cause },
  );
}

function tooLarge(): DataError {
  return new DataError(
    "DATA_TOO_LARGE",
    `a .csv file of more than ${MAX_TEXT_BYTES} bytes`,
    "Save the numbers as .npy instead.",
  );
}
