import type { Writable } from "node:stream";
import type { BoundCommand } from "./command.js";
import type { Context, Outcome } from "@indicia/operations/context";
import { type DescribedError, describeError, errorLine } from "@indicia/operations/describe-error";
import { printable } from "@indicia/operations/printable";
import { type Call, parseCall } from "./program.js";
import { type Bars, NO_BARS, progressBars, progressLines } from "./progress.js";

/** The world around one call of the command line. */
export interface Surroundings {
  readonly stdout: Writable;
  readonly stderr: Writable & { readonly isTTY?: boolean };
  readonly environment: Context["environment"];
  readonly signal: AbortSignal;
  readonly now: () => Date;
  readonly askSecret: Context["askSecret"];
  readonly version: string;
}

/**
 * Run one command line from its arguments to its exit code. stdout gets the one JSON object that `--json` asks for, or
 * a help text; everything else goes to stderr.
 *
 * @param argv what follows the program's name
 * @returns 0 done or match, 1 inconclusive or does not verify, 2 the user's mistake or bad input, 3 a fault
 */
export async function runCli(
  commands: readonly BoundCommand[],
  argv: readonly string[],
  surroundings: Surroundings,
): Promise<number> {
  // Whoever asked for JSON gets it even where the rest of the line was not understood.
  const json = argv.includes("--json");
  try {
    const call = parseCall(commands, argv, surroundings.version);
    if (call.kind === "text") {
      surroundings.stdout.write(call.text);
      return 0;
    }
    const outcome = await runJob(call, surroundings);
    if (call.json) surroundings.stdout.write(`${JSON.stringify(outcome.report, null, 2)}\n`);
    return outcome.exitCode;
  } catch (error) {
    const described = describeError(error);
    if (surroundings.environment["INDICIA_DEBUG"] === "1" && error instanceof Error) {
      surroundings.stderr.write(`${error.stack}\n`);
    }
    report(described, json, surroundings);
    return described.exitCode;
  }
}

async function runJob(call: Extract<Call, { kind: "run" }>, surroundings: Surroundings): Promise<Outcome> {
  const { stderr, environment, signal, now, askSecret } = surroundings;
  const bars = barsFor(call, stderr);
  const say = (line: string): void => {
    bars.clear();
    if (!call.quiet) stderr.write(`${printable(line)}\n`);
  };
  try {
    return await call.job({
      say,
      json: call.json,
      progress: bars.start,
      signal,
      environment,
      now,
      askSecret,
    });
  } finally {
    bars.clear();
  }
}

function barsFor({ quiet }: { readonly quiet: boolean }, stderr: Surroundings["stderr"]): Bars {
  if (quiet) return NO_BARS;
  return stderr.isTTY === true
    ? progressBars(stderr)
    : progressLines((line) => void stderr.write(`${printable(line)}\n`));
}

function report(described: DescribedError, json: boolean, { stdout, stderr }: Surroundings): void {
  const { code, message, hint } = described;
  if (json) stdout.write(`${JSON.stringify({ error: { code, message, hint } }, null, 2)}\n`);
  else stderr.write(`${errorLine(described)}\n`);
}
