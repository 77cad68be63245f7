import { existsSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "./root.mjs";

/**
 * Run a built program of the checkout in this process and in the caller's working directory; what is not built yet is
 * built first.
 *
 * @param {string} script the npm script that may have started us
 * @param {string} built the program
 */
export async function runHere(script, built) {
  const main = path.join(root, ...built.split("/"));
  let ready = existsSync(main);
  if (!ready) {
    const { prepare } = await import("./prepare.mjs");
    ready = await prepare();
  }
  if (!ready) {
    process.exitCode = 3;
    return;
  }
  // npm starts scripts in the checkout and says in INIT_CWD where it was called. The variable outlives the script
  // that it was meant for, so it only counts where npm started this very script.
  const caller = process.env["INIT_CWD"];
  if (process.env["npm_lifecycle_event"] === script && caller !== undefined) process.chdir(caller);
  process.argv[1] = main;
  await import(pathToFileURL(main).href);
}
