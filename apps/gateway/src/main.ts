#!/usr/bin/env node
import { endOnSignal } from "@indicia/service/end-on-signal";
import type { Outcome } from "./commands/outcome.js";
import type { Running } from "./commands/running.js";
import { USAGES } from "./commands/usages.js";
import type { Reloaded } from "./serving/model-directory.js";

const clock = (): Date => new Date();

function kindOf(args: readonly string[]): keyof typeof USAGES {
  const [first = ""] = args;
  if (first === "check" || first === "key" || first === "calibrate") return first;
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
  endOnSignal({ close, signals: ["SIGINT", "SIGTERM"] });
}

/** Node's own complaint of a flag, in a line that says where to read on; null for any other error. */
function usageComplaint(error: unknown): string | null {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (!(error instanceof Error) || !code.startsWith("ERR_PARSE_ARGS")) return null;
  return `GATEWAY_USAGE: ${error.message.split(/[.\n]/)[0]}. Read \`indicia-gateway --help\`.`;
}

const say = (line: string): void => void process.stderr.write(`${line}\n`);

const args = process.argv.slice(2);
const kind = kindOf(args);
if (args.includes("--help") || args.includes("-h")) {
  const { helpText } = await import("./commands/help.js");
  process.stdout.write(helpText(kind));
  process.exit(0);
}
try {
  const json = args.includes("--json");
  const environment = process.env;
  // Loaded when called: to make a key takes nothing of what it takes to serve a model.
  if (kind === "check") {
    const { checkCommand } = await import("./commands/check.js");
    tell(await checkCommand(args.slice(1), { clock, environment }), json);
  } else if (kind === "key") {
    const { keyCommand } = await import("./commands/key.js");
    tell(await keyCommand(args.slice(1), { clock, environment }), json);
  } else if (kind === "calibrate") {
    const { calibrateCommand } = await import("./commands/calibrate.js");
    tell(await calibrateCommand(args.slice(1), say), json);
  } else if (kind === "config") {
    const { serveConfig } = await import("./commands/serve-config.js");
    run(await serveConfig(args, environment));
  } else {
    const { serveShort } = await import("./commands/serve-short.js");
    run(await serveShort(args));
  }
} catch (error) {
  const code = error instanceof Error && "code" in error ? String(error.code) : "GATEWAY_FAILED";
  const message = error instanceof Error ? error.message : String(error);
  const hint = error instanceof Error && "hint" in error ? String(error.hint) : USAGES[kind];
  // A usage error says itself how it is called.
  const told = message.includes(USAGES[kind]) ? message : `${message.replace(/\.$/, "")}. ${hint}`;
  process.stderr.write(`${usageComplaint(error) ?? `${code}: ${told}`}\n`);
  process.exit(2);
}
