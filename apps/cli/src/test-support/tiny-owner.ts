import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { tinyClassifier, type TinyClassifier, type TinyOptions } from "@indicia/testkit/tiny-classifier";
import { done } from "./in-process.js";

/** A folder with an owner key and a tiny classifier, of which nothing is registered yet. */
export interface TinyOwner {
  readonly at: (name: string) => string;
  readonly model: TinyClassifier;
  /** `model.onnx`. */
  readonly file: string;
  readonly key: readonly string[];
  /** Flags of the registration, to be made by whoever needs one. */
  readonly registration: readonly string[];
  readonly remove: () => void;
}

export async function tinyOwner(options: TinyOptions): Promise<TinyOwner> {
  const folder = mkdtempSync(path.join(tmpdir(), "indicia-cli-"));
  const at = (name: string): string => path.join(folder, name);
  const model = tinyClassifier(options);
  writeFileSync(at("model.onnx"), model.bytes);
  await done("key", "new", "--out", at("owner.key"));
  return {
    at,
    model,
    file: at("model.onnx"),
    key: ["--key", at("owner.key")],
    registration: ["--registration", at("registration")],
    remove: () => rmSync(folder, { recursive: true }),
  };
}
