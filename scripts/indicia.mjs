// `npm run -s indicia -- ...`: the command line from a checkout, in the caller's working directory.

import { requireNode } from "./require-node.mjs";

requireNode();
// Loaded late: an old Node must reach the check above before it meets newer syntax.
const { runHere } = await import("./run-here.mjs");
await runHere("indicia", "apps/cli/dist/main.js");
