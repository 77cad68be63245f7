import { GRADIO_RECORD } from "./gradio-record.js";
import { HF_RECORD } from "./hf-record.js";
import { asObject } from "./json-values.js";
import { JSON_RECORD } from "./json-record.js";
import { OIP_GRPC_RECORD } from "./oip-grpc-record.js";
import { OIP_RECORD } from "./oip-record.js";
import { ONNX_RECORD } from "./onnx-record.js";
import { OPENAI_RECORD } from "./openai-record.js";
import type { Decoding } from "./protocol.js";
import { foreignNote, type RecordReader } from "./record-reader.js";
import { SAGEMAKER_RECORD } from "./sagemaker-record.js";
import { TF_SERVING_RECORD } from "./tf-serving-record.js";
import { TORCHSERVE_RECORD } from "./torchserve-record.js";

/** What reads the records of each protocol, for ever; a new protocol adds one line. */
const READERS: ReadonlyMap<string, RecordReader> = new Map([
  ["oip", OIP_RECORD],
  ["oip-grpc", OIP_GRPC_RECORD],
  ["gradio", GRADIO_RECORD],
  ["json", JSON_RECORD],
  ["tf-serving", TF_SERVING_RECORD],
  ["torchserve", TORCHSERVE_RECORD],
  ["hf", HF_RECORD],
  ["sagemaker", SAGEMAKER_RECORD],
  ["openai", OPENAI_RECORD],
  ["onnx-black-box", ONNX_RECORD],
]);

/** A record's note of how to decode, and what reads it. */
export interface NotedRecord {
  readonly noted: Decoding;
  readonly reader: RecordReader;
}

/** @throws SuspectError SUSPECT_PROTOCOL for a note that this program did not write */
export function readRecord(note: unknown): NotedRecord {
  const members = asObject(note);
  const { protocol } = members ?? {};
  const reader = typeof protocol === "string" ? READERS.get(protocol) : undefined;
  if (typeof protocol !== "string" || reader === undefined) throw foreignNote();
  return { noted: { ...members, protocol }, reader };
}
