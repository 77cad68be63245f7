import { existsSync, realpathSync } from "node:fs";
import path from "node:path";
import { OnnxError } from "./error.js";
import type { OnnxModel } from "./model.js";
import { type ByteSource, fileSource } from "./source.js";

/**
 * A location of external data may name files below the model's folder, in the form that onnx.proto asks for, and
 * nothing else.
 *
 * @throws OnnxError EXTERNAL_PATH
 */
export function checkLocation(location: string): void {
  const parts = location.split("/");
  const illegal =
    location === "" ||
    location.includes("\0") ||
    location.includes("\\") ||
    path.posix.isAbsolute(location) ||
    /^[a-z]:/i.test(location) ||
    parts.some((part) => part === ".." || part === "");
  if (illegal) throw outside(location);
}

/**
 * The file behind a location, which symbolic links may not lead out of the folder either.
 *
 * @throws OnnxError EXTERNAL_PATH, EXTERNAL_MISSING
 */
export function externalPath(directory: string | null, location: string): string {
  checkLocation(location);
  if (directory === null) {
    throw new OnnxError(
      "EXTERNAL_MISSING",
      `"${location}" lies outside a model in memory`,
      "Open the model by its path.",
    );
  }
  const file = path.join(directory, location);
  if (!existsSync(file)) {
    throw new OnnxError(
      "EXTERNAL_MISSING",
      `the model keeps weights in "${location}", which is not beside it`,
      "Copy the external data along with the model.",
    );
  }
  const root = realpathSync(directory);
  const real = realpathSync(file);
  if (real !== root && !real.startsWith(root + path.sep)) throw outside(location);
  return real;
}

function outside(location: string): OnnxError {
  return new OnnxError(
    "EXTERNAL_PATH",
    `external data "${location.slice(0, 80)}" would lie outside the model's folder`,
    "Do not trust this model: exporters write plain file names.",
  );
}

/** Files that were opened to read a model's external data, by the source of the model itself. */
const opened = new WeakMap<ByteSource, Map<string, ByteSource>>();

/** @throws OnnxError EXTERNAL_PATH, EXTERNAL_MISSING */
export function externalSource(model: OnnxModel, location: string): ByteSource {
  let sources = opened.get(model.source);
  if (sources === undefined) {
    sources = new Map();
    opened.set(model.source, sources);
  }
  const found = sources.get(location);
  if (found !== undefined) return found;
  const source = fileSource(externalPath(model.directory, location));
  sources.set(location, source);
  return source;
}

/** Close what reading a model's external data has opened. */
export function closeExternal(source: ByteSource): void {
  for (const each of opened.get(source)?.values() ?? []) each.close();
  opened.delete(source);
}
