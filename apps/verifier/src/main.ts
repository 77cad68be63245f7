#!/usr/bin/env node
import { parseArgs } from "node:util";
import { endOnSignal } from "@indicia/service/end-on-signal";
import { readSettings } from "./config/read-settings.js";
import { SETTING_NAMES } from "./config/settings.js";
import { VerifierError } from "./error.js";

/** Exit codes: 2 for what the user can mend, 3 for a fault. */
const MISTAKE = 2;
const FAULT = 3;
const END_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const USAGE =
  "indicia-verifier [serve | backup --out FILE | restore --from FILE | rotate-key --new-key FILE | ticket --user NAME] " +
  "[--config FILE] [--SETTING VALUE]...";

const OWN = { config: { type: "string" }, out: { type: "string" }, from: { type: "string" } } as const;
const MORE = { "new-key": { type: "string" }, user: { type: "string" } } as const;

/** Commands, loaded when called. Each says what it did in one object, or runs until it is told to end. */
const COMMANDS = {
  serve: async (settings, _, environment) => {
    const { serve } = await import("./commands/serve.js");
    const { address, signIn, close } = await serve(settings, environment);
    endOnSignal({ close, signals: END_SIGNALS, failed: fail });
    return { address, signIn };
  },
  backup: async (settings, flags, environment) => {
    const { backup } = await import("./commands/backup.js");
    return await backup(settings, environment, required(flags, "out"));
  },
  restore: async (settings, flags, environment) => {
    const { restore } = await import("./commands/backup.js");
    return await restore(settings, environment, required(flags, "from"));
  },
  "rotate-key": async (settings, flags, environment) => {
    const { rotateKey } = await import("./commands/rotate-key.js");
    return await rotateKey(settings, environment, required(flags, "new-key"));
  },
  ticket: async (settings, flags, environment) => {
    const { ticket } = await import("./commands/ticket.js");
    return await ticket(settings, environment, required(flags, "user"));
  },
} satisfies Readonly<Record<string, Command>>;

type Flags = Readonly<Record<string, string | undefined>>;
type Command = (
  settings: Awaited<ReturnType<typeof readSettings>>,
  flags: Flags,
  environment: NodeJS.ProcessEnv,
) => Promise<Readonly<Record<string, unknown>>>;

function fail(error: unknown): never {
  // Errors of the database have a code and a hint, too, which need not say anything.
  const isOurs =
    error instanceof Error && "code" in error && "hint" in error && typeof error.hint === "string";
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(
    isOurs ? `${String(error.code)}: ${message}. ${String(error.hint)}\n` : `VERIFIER_FAILED: ${message}\n`,
  );
  // What is unavailable may be there when a supervisor tries again.
  process.exit(isOurs && error.code !== "UNAVAILABLE" ? MISTAKE : FAULT);
}

/** Nobody else on the machine reads what the service writes, whoever made the folder. */
const UMASK = 0o077;

async function main(args: readonly string[]): Promise<void> {
  process.umask(UMASK);
  const options = Object.fromEntries(SETTING_NAMES.map((name) => [name, { type: "string" as const }]));
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { ...options, ...OWN, ...MORE },
    allowPositionals: true,
  });
  const [name = "serve", ...rest] = positionals;
  const command = Object.entries(COMMANDS).find(([each]) => each === name)?.[1];
  if (command === undefined || rest.length > 0) throw usage(`there is no command "${positionals.join(" ")}"`);
  const given = values as Flags;
  const flags = Object.fromEntries(
    Object.entries(given).filter(([each]) => each === "config" || SETTING_NAMES.includes(each)),
  );
  const settings = await readSettings(flags, process.env);
  process.stdout.write(`${JSON.stringify(await command(settings, given, process.env))}\n`);
}

function required(flags: Flags, name: string): string {
  const value = flags[name];
  if (value === undefined) throw usage(`--${name} is missing`);
  return value;
}

function usage(message: string): VerifierError {
  return new VerifierError("CONFIG_INVALID", message, USAGE);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  const isUsage =
    error instanceof TypeError && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS");
  fail(isUsage ? usage(error.message.split("\n")[0] ?? "") : error);
}
