import { readFileSync, statSync } from "node:fs";
import { parseJson } from "./parse-json.js";

/** A configuration is a page of JSON; with class names, ten. */
const MAX_CONFIG_BYTES: number = 2 ** 20;

/**
 * A protocol's configuration as parsed JSON.
 *
 * @param fail makes the error of a reason
 * @throws what `fail` makes, and what the file system throws
 */
export function readConfigFile(file: string, fail: (reason: string) => Error): unknown {
  if (statSync(file).size > MAX_CONFIG_BYTES) throw fail(`it is larger than ${MAX_CONFIG_BYTES} bytes`);
  return parseJson(readFileSync(file), fail);
}
