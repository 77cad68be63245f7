import { spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { BenchError } from "../error.js";
import { median } from "./median.js";

/** Output kept of a measured command: answers and messages are short. */
const MAX_OUTPUT = 1_000_000;

/**
 * Loaded into measured Node processes: at exit, report the peak of resident memory on descriptor 3. On Linux that is
 * the kernel's high-water mark of the program's own memory, since what getrusage tells starts with the memory that the
 * parent had when it forked.
 */
const HOOK: string = `data:text/javascript,${encodeURIComponent(`
import { readFileSync, writeSync } from "node:fs";
process.on("exit", () => {
  const status = process.platform === "linux" ? readFileSync("/proc/self/status", "utf8") : "";
  const kilobytes = /^VmHWM:\\s+(\\d+) kB$/m.exec(status)?.[1] ?? process.resourceUsage().maxRSS;
  writeSync(3, String(kilobytes * 1024));
});`)}`;

export interface Command {
  readonly name: string;
  /** A program, or null for this very Node; then its peak memory is measured as well. */
  readonly program: string | null;
  readonly args: readonly string[];
  /** Done before every round, not timed: remove what the last round wrote. */
  readonly prepare?: () => Promise<void>;
}

export interface ProcessRun {
  readonly seconds: number;
  /** High-water mark of resident memory, null where the command is not Node's. */
  readonly peakBytes: number | null;
  readonly stdout: string;
}

/**
 * Run a command once in a fresh process, and wait for it.
 *
 * @throws BenchError PROGRAM_MISSING, COMMAND_FAILED where its exit code is not 0
 */
export async function runProcess(command: Command): Promise<ProcessRun> {
  await command.prepare?.();
  const node = command.program === null;
  const args = node ? ["--import", HOOK, ...command.args] : [...command.args];
  const began = performance.now();
  const child = spawn(command.program ?? process.execPath, args, {
    stdio: ["ignore", "pipe", "pipe", node ? "pipe" : "ignore"],
  });
  const outputs = [child.stdout, child.stderr, child.stdio[3]].map((stream) => collect(stream as Readable | null));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", (cause) => {
      reject(
        new BenchError("PROGRAM_MISSING", `${command.program ?? "node"} does not start`, "Install it.", { cause }),
      );
    });
    child.once("close", resolve);
  });
  const seconds = (performance.now() - began) / 1000;
  const [stdout = "", stderr = "", report = ""] = outputs.map((chunks) => Buffer.concat(chunks).toString("utf8"));
  if (code !== 0) {
    throw new BenchError(
      "COMMAND_FAILED",
      `${command.name} ended with ${code}: ${stderr.trim().split("\n").at(-1) ?? ""}`,
      "Run it by hand.",
    );
  }
  return { seconds, peakBytes: report === "" ? null : Number(report), stdout };
}

/** What several rounds of one command took. */
export interface Rounds {
  readonly name: string;
  readonly seconds: readonly number[];
  readonly medianSeconds: number;
  /** Largest of all rounds, null where it was not measured. */
  readonly peakBytes: number | null;
  /** Output of the last round. */
  readonly stdout: string;
}

/**
 * Run commands several times, every other round in the opposite order, so that what one leaves behind (caches, dirty
 * pages, heat) does not always meet the same other.
 *
 * @throws BenchError as {@link runProcess}
 */
export async function runRounds(
  commands: readonly Command[],
  options: { readonly rounds: number; readonly say?: (line: string) => void },
): Promise<Rounds[]> {
  const runs = commands.map((): ProcessRun[] => []);
  for (let round = 0; round < options.rounds; round++) {
    const order = [...commands.entries()];
    if (round % 2 === 1) order.reverse();
    for (const [index, command] of order) {
      options.say?.(`${command.name}, round ${round + 1} of ${options.rounds}`);
      runs[index]?.push(await runProcess(command));
    }
  }
  return commands.map(({ name }, index) => {
    const own = runs[index] ?? [];
    const seconds = own.map((run) => run.seconds);
    const peaks = own.map((run) => run.peakBytes).filter((peak) => peak !== null);
    return {
      name,
      seconds,
      medianSeconds: median(seconds),
      peakBytes: peaks.length === 0 ? null : Math.max(...peaks),
      stdout: own.at(-1)?.stdout ?? "",
    };
  });
}

function collect(stream: Readable | null): Buffer[] {
  const chunks: Buffer[] = [];
  let size = 0;
  stream?.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size <= MAX_OUTPUT) chunks.push(chunk);
  });
  return chunks;
}
