import { readFile } from "node:fs/promises";
import { sharedPath } from "@indicia/testkit/shared-path";
import { BenchError } from "../error.js";

/**
 * Bytes that Magika reads at either end before it strips white space. The configuration of standard_v1 leaves it
 * out; it is that of the package which carried the model.
 */
const DEFAULT_BLOCK = 4096;

export const MAGIKA_NAMES = ["standard_v1", "standard_v3_3"] as const;
export type MagikaName = (typeof MAGIKA_NAMES)[number];

/** What a Magika model takes and gives. */
export interface MagikaModel {
  readonly name: MagikaName;
  readonly path: string;
  /** Its only input, [rows, begin + middle + end]. */
  readonly input: { readonly name: string; readonly type: "float32" | "int32" };
  readonly output: string;
  /** Tokens from the beginning, the middle and the end of a file. */
  readonly begin: number;
  readonly middle: number;
  readonly end: number;
  readonly block: number;
  /** Stands where a file has no byte. */
  readonly padding: number;
  /** Files with fewer bytes, white space aside, are not shown to the model. */
  readonly smallest: number;
  readonly labels: readonly string[];
  /** Labels that are told under another name. */
  readonly renamed: ReadonlyMap<string, string>;
}

/**
 * A model of the shared folder, with what its configuration says.
 *
 * @throws BenchError MAGIKA_CONFIG
 */
export async function readMagikaModel(name: MagikaName): Promise<MagikaModel> {
  const config = await readConfig(`magika_${name}.config.json`);
  const common = {
    name,
    path: sharedPath("models", `magika_${name}.onnx`),
    output: "target_label",
    padding: numberAt(config, "padding_token"),
    smallest: numberAt(config, "min_file_size_for_dl"),
  };
  switch (name) {
    case "standard_v1": {
      const trained = await readConfig("magika_standard_v1.model_config.json");
      const sizes = recordAt(recordAt(trained, "cfg"), "input_sizes");
      const targets = recordAt(recordAt(trained, "train_dataset_info"), "target_labels_info");
      return {
        ...common,
        input: { name: "bytes", type: "float32" },
        begin: numberAt(sizes, "beg"),
        middle: numberAt(sizes, "mid"),
        end: numberAt(sizes, "end"),
        block: DEFAULT_BLOCK,
        labels: stringsAt(targets, "target_labels_space"),
        renamed: new Map(),
      };
    }
    case "standard_v3_3":
      return {
        ...common,
        input: { name: "bytes", type: "int32" },
        begin: numberAt(config, "beg_size"),
        middle: numberAt(config, "mid_size"),
        end: numberAt(config, "end_size"),
        block: numberAt(config, "block_size"),
        labels: stringsAt(config, "target_labels_space"),
        renamed: new Map(
          Object.entries(recordAt(config, "overwrite_map")).map(([from, to]) => [from, String(to)]),
        ),
      };
  }
}

type JsonRecord = Readonly<Record<string, unknown>>;

async function readConfig(file: string): Promise<JsonRecord> {
  const value: unknown = JSON.parse(await readFile(sharedPath("models", file), "utf8"));
  if (!isRecord(value)) throw wrong(file);
  return value;
}

function isRecord(value: unknown): value is JsonRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function recordAt(record: JsonRecord, key: string): JsonRecord {
  const value = record[key];
  if (!isRecord(value)) throw wrong(key);
  return value;
}

function numberAt(record: JsonRecord, key: string): number {
  const value = record[key];
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0) throw wrong(key);
  return value;
}

function stringsAt(record: JsonRecord, key: string): string[] {
  const value = record[key];
  if (!Array.isArray(value)) throw wrong(key);
  return value.map(String);
}

function wrong(what: string): BenchError {
  return new BenchError(
    "MAGIKA_CONFIG",
    `the configuration of a Magika model has no usable "${what}"`,
    "Restore the shared folder.",
  );
}
