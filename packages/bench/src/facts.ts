import { execFileSync } from "node:child_process";
import { ROOT } from "./root.js";

/** Seed of every bench; a row that used another says so. */
export const SEED = 7;

/** What all rows of one run share. */
export interface RunFacts {
  readonly bench: string;
  readonly seed: number;
  readonly commit: string;
  readonly node: string;
}

let commit: string | null = null;

/** What a row says of its run; a commit with changes on top is marked so. Git is asked once per process. */
export function runFacts(bench: string): RunFacts {
  commit ??= currentCommit();
  return { bench, seed: SEED, commit, node: process.version };
}

function currentCommit(): string {
  try {
    const args = ["describe", "--always", "--dirty", "--abbrev=40", "--match="];
    return execFileSync("git", args, {
      cwd: ROOT,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    // A checkout without its history can be measured too.
    return "unknown";
  }
}
