import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** Applies a converter that is not ours to a model: NAME MODEL OUT INPUTS.json; the script lists the names. */
export const CONVERTERS_SCRIPT: string = fileURLToPath(new URL("../python/converters.py", import.meta.url));

const run = promisify(execFile);
/** Making an environment downloads some 100 MB. */
const INSTALL_MS = 5 * 60_000;
const RUN_MS = 2 * 60_000;

/** Python programs that are not ours, in a virtual environment of their own. */
export interface PythonEnvironment {
  /** The interpreter. */
  readonly python: string;
  /**
   * Run a script.
   *
   * @returns what it wrote to stdout
   * @throws Error with what it wrote to stderr
   */
  run(script: string, ...args: readonly string[]): Promise<string>;
  remove(): Promise<void>;
}

/**
 * A virtual environment with these packages from PyPI.
 *
 * @param requirements exact versions, such as `onnx==1.23.2`
 */
export async function pythonEnvironment(requirements: readonly string[]): Promise<PythonEnvironment> {
  const folder = await mkdtemp(path.join(tmpdir(), "indicia-python-"));
  const python = path.join(folder, "bin", "python");
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    await run("python3", ["-m", "venv", folder], { timeout: INSTALL_MS });
    // Not compiled, since most of it is never imported.
    await run(python, ["-m", "pip", "install", "--quiet", "--no-input", "--no-compile", ...requirements], {
      timeout: INSTALL_MS,
    });
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    python,
    run: async (script, ...args) =>
      (await run(python, [script, ...args], { timeout: RUN_MS, maxBuffer: 2 ** 26 })).stdout,
    remove,
  };
}
