// Entry of the npm scripts: `node scripts/run.mjs JOB [arguments]`.

import { requireNode } from "./require-node.mjs";

requireNode();
// Loaded late: an old Node must reach the check above before it meets newer syntax.
const { runJob } = await import("./jobs.mjs");
process.exitCode = await runJob(process.argv[2], process.argv.slice(3));
