// `npm run -s example -- ...`: rows and a thief for the walk-throughs of README.md, in the caller's working directory.

import { requireNode } from "./require-node.mjs";

requireNode();
// Loaded late: an old Node must reach the check above before it meets newer syntax.
const { runHere } = await import("./run-here.mjs");
await runHere("example", "packages/bench/dist/example/main.js");
