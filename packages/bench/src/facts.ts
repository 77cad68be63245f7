import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { ROOT } from "./root.js";
import type { RunFacts } from "./row.js";

const run = promisify(execFile);

/** What every row says of its run; a commit with changes on top is marked so. */
export async function runFacts(bench: string, seed: number): Promise<RunFacts> {
  return { bench, seed, commit: await currentCommit(), node: process.version };
}

async function currentCommit(): Promise<string> {
  try {
    const { stdout } = await run("git", ["describe", "--always", "--dirty", "--abbrev=40", "--match="], { cwd: ROOT });
    return stdout.trim();
  } catch {
    // A checkout without its history can be measured too.
    return "unknown";
  }
}
