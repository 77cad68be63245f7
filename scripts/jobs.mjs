import fs from "node:fs";
import path from "node:path";
import { runAttached } from "./child.mjs";
import { prepare } from "./prepare.mjs";
import { root } from "./root.mjs";
import { runTests } from "./tests.mjs";

/** @typedef {(args: readonly string[]) => Promise<number>} Job takes its arguments, gives the exit code */

/** @type {Readonly<Record<string, Job>>} */
const jobs = {
  build: async () => 0,
  test: (args) => runTests("vitest.config.ts", args),
  "test:slow": (args) => runTests("vitest.slow.config.ts", args),
  "test:system": (args) => runTests("vitest.system.config.ts", args),
  start: program("apps/verifier/dist/demo/main.js"),
  demo: program("apps/cli/dist/demo.js"),
  bench: program("packages/bench/dist/main.js"),
  "test-models": program("packages/bench/dist/test-models/main.js"),
};

/**
 * Prepare the checkout and run one job in it.
 *
 * @param {string | undefined} name
 * @param {readonly string[]} args
 * @returns {Promise<number>} the exit code
 */
export async function runJob(name, args) {
  const job = name !== undefined && Object.hasOwn(jobs, name) ? jobs[name] : undefined;
  if (job === undefined) {
    process.stderr.write(
      `JOB_UNKNOWN: there is no job ${name ?? ""}. Jobs: ${Object.keys(jobs).join(", ")}.\n`,
    );
    return 2;
  }
  return (await prepare()) ? job(args) : 3;
}

/**
 * @param {string} built a program that the build makes
 * @returns {Job}
 */
function program(built) {
  return async (args) => {
    const file = path.join(root, ...built.split("/"));
    if (!fs.existsSync(file)) {
      process.stderr.write(
        `JOB_MISSING: the build made no ${built}. Name the job's program in scripts/jobs.mjs.\n`,
      );
      return 3;
    }
    return runAttached(process.execPath, [file, ...args]);
  };
}
