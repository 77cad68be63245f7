#!/usr/bin/env node
import { CHECK_USAGE, checkCommand } from "./commands/check.js";
import { KEY_USAGE, keyCommand } from "./commands/key.js";
import type { Outcome } from "./commands/outcome.js";
import type { Running } from "./commands/running.js";
import { CONFIG_USAGE, serveConfig } from "./commands/serve-config.js";
import { SHORT_USAGE, serveShort } from "./commands/serve-short.js";
import type { Reloaded } from "./serving/model-directory.js";

const clock = (): Date => new Date();

/** Where errors of each way to call say how it is called. */
const USAGES = { check: CHECK_USAGE, key: KEY_USAGE, config: CONFIG_USAGE, short: SHORT_USAGE } as const;

function kindOf(args: readonly string[]): keyof typeof USAGES {
  const [first = ""] = args;
  if (first === "check" || first === "key") return first;
  return args.some((each) => each === "--config" || each.startsWith("--config=")) ? "config" : "short";
}

function tell({ report, lines, exitCode }: Outcome, json: boolean): void {
  process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : `${lines.join("\n")}\n`);
  process.exitCode = exitCode;
}

function tellReloaded(results: readonly Reloaded[]): void {
  for (const { name, outcome, error } of results)
    process.stderr.write(`${JSON.stringify({ model: name, outcome, error: error?.message })}\n`);
}

function run({ started, reload, close }: Running): void {
  process.stdout.write(`${JSON.stringify(started)}\n`);
  process.on("SIGHUP", () => void reload().then(tellReloaded));
  let ending: Promise<void> | null = null;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      // A terminal and whoever started it may both say so.
      ending ??= close().then(() => process.exit(0));
    });
  }
}

const args = process.argv.slice(2);
const kind = kindOf(args);
try {
  const json = args.includes("--json");
  if (kind === "check") tell(await checkCommand(args.slice(1), { clock, environment: process.env }), json);
  else if (kind === "key") tell(await keyCommand(args.slice(1), clock), json);
  else if (kind === "config") run(await serveConfig(args, process.env));
  else run(await serveShort(args));
} catch (error) {
  const code = error instanceof Error && "code" in error ? String(error.code) : "GATEWAY_FAILED";
  const message = error instanceof Error ? error.message : String(error);
  const hint = error instanceof Error && "hint" in error ? ` ${String(error.hint)}` : "";
  // A usage error tells it itself.
  const usage = message.includes(USAGES[kind]) || hint !== "" ? "" : `. ${USAGES[kind]}`;
  process.stderr.write(`${code}: ${message}${hint}${usage}\n`);
  process.exit(2);
}
