#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { bind } from "./command.js";
import { conclude } from "./commands/conclude.js";
import { customersAdd } from "./commands/customers-add.js";
import { evidenceDisclose, evidenceShow, evidenceVerify } from "./commands/evidence.js";
import { evidenceExcerpt } from "./commands/evidence-excerpt.js";
import { examine } from "./commands/examine.js";
import { keyGateway } from "./commands/key-gateway.js";
import { keyNew } from "./commands/key-new.js";
import { mark } from "./commands/mark.js";
import { observe } from "./commands/observe.js";
import { plan } from "./commands/plan.js";
import { register } from "./commands/register.js";
import { secretAdd } from "./commands/secret-add.js";
import { secretExport, secretList, secretVerify } from "./commands/secret.js";
import { shadows } from "./commands/shadows.js";
import { termsAdd, termsList } from "./commands/terms.js";
import { trace } from "./commands/trace.js";
import { askAtTerminal } from "./passphrase.js";
import { runCli } from "./run-cli.js";

const commands = [
  bind(keyNew, async () => (await import("./jobs/key-new.js")).keyNew),
  bind(shadows, async () => (await import("./jobs/shadows.js")).shadows),
  bind(keyGateway, async () => (await import("./jobs/key-gateway.js")).keyGateway),
  bind(customersAdd, async () => (await import("./jobs/customers-add.js")).customersAdd),
  bind(register, async () => (await import("./jobs/register.js")).register),
  bind(secretAdd, async () => (await import("./jobs/secret-add.js")).secretAdd),
  bind(secretList, async () => (await import("./jobs/secret-list.js")).secretList),
  bind(secretVerify, async () => (await import("./jobs/secret-verify.js")).secretVerify),
  bind(secretExport, async () => (await import("./jobs/secret-export.js")).secretExport),
  bind(termsAdd, async () => (await import("./jobs/terms-add.js")).termsAdd),
  bind(termsList, async () => (await import("./jobs/terms-list.js")).termsList),
  bind(mark, async () => (await import("./jobs/mark.js")).mark),
  bind(plan, async () => (await import("./jobs/plan.js")).plan),
  bind(examine, async () => (await import("./jobs/examine.js")).examine),
  bind(observe, async () => (await import("./jobs/observe.js")).observe),
  bind(conclude, async () => (await import("./jobs/conclude.js")).conclude),
  bind(trace, async () => (await import("./jobs/trace.js")).trace),
  bind(evidenceVerify, async () => (await import("./jobs/evidence-verify.js")).evidenceVerify),
  bind(evidenceShow, async () => (await import("./jobs/evidence-show.js")).evidenceShow),
  bind(evidenceExcerpt, async () => (await import("./jobs/evidence-excerpt.js")).evidenceExcerpt),
  bind(evidenceDisclose, async () => (await import("./jobs/evidence-disclose.js")).evidenceDisclose),
];

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
