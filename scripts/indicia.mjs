// `npm run -s indicia -- ...`: the command line from a checkout, in the caller's working directory.

import { requireNode } from "./require-node.mjs";

requireNode();
const { existsSync } = await import("node:fs");
const path = await import("node:path");
const { pathToFileURL } = await import("node:url");
const { root } = await import("./root.mjs");

const main = path.join(root, "apps", "cli", "dist", "main.js");
let ready = existsSync(main);
if (!ready) {
  const { prepare } = await import("./prepare.mjs");
  ready = await prepare();
}
if (ready) {
  // npm starts scripts in the checkout and says in INIT_CWD where it was called. The variable outlives the script
  // that it was meant for, so it only counts where npm started this very script.
  const caller = process.env["INIT_CWD"];
  if (process.env["npm_lifecycle_event"] === "indicia" && caller !== undefined) process.chdir(caller);
  process.argv[1] = main;
  await import(pathToFileURL(main).href);
} else {
  process.exitCode = 3;
}
