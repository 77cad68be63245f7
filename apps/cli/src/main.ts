#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { commands } from "./command-list.js";
import { askAtTerminal } from "./ask-at-terminal.js";
import { runCli } from "./run-cli.js";

const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  // Once: a second signal ends the process at once, whatever it is doing.
  process.once(signal, () => {
    process.stderr.write("Stopping. Again to stop at once.\n");
    interrupted.abort();
  });
}
// A reader that stops early, such as `head`, is no fault.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

const exitCode = await runCli(commands, process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  environment: process.env,
  signal: interrupted.signal,
  now: () => new Date(),
  askSecret: process.stdin.isTTY && process.stderr.isTTY ? askAtTerminal : null,
  version: readVersion(),
});
// Sockets and threads of a finished job must not keep the process; what was printed must be out first.
process.stdout.write("", () => process.stderr.write("", () => process.exit(exitCode)));

function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  const named = typeof manifest === "object" && manifest !== null && "version" in manifest;
  return named ? String(manifest.version) : "unknown";
}
