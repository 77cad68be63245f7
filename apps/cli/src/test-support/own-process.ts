import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { CLI } from "../demo/programs.js";
import type { Ran } from "./in-process.js";

/** Run a command of the built program in a process of its own, whatever its exit code. For what only a process shows. */
export async function run(...args: string[]): Promise<Ran> {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [CLI, ...args], {
      maxBuffer: 2 ** 26,
    });
    return { exitCode: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: unknown; stdout: string; stderr: string };
    if (typeof code !== "number") throw error;
    return { exitCode: code, stdout, stderr };
  }
}
