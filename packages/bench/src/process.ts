import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Readable } from "node:stream";
import { BenchError } from "./error.js";
import { median } from "./speed/median.js";

/** Output kept of a measured command: answers and messages are short. */
const MAX_OUTPUT = 4_000_000;

/** Between two looks at a process. The kernel keeps the peak, so only what the last 10 ms added is missed. */
const POLL_MS = 10;

export interface Measured {
  readonly seconds: number;
  /** High-water mark of resident memory; null on systems without /proc, and for what ended before the first look. */
  readonly peakBytes: number | null;
  /** Exit code, null where a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface MeasureOptions {
  readonly cwd?: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Exit codes that are no failure; default any. */
  readonly codes?: readonly number[];
}

/**
 * Run a command once in a fresh process, and wait for it.
 *
 * Memory is the kernel's mark of that program alone (proc(5), VmHWM): what getrusage tells of a child starts with the
 * memory that its parent had when it forked.
 *
 * @throws BenchError PROGRAM_MISSING, COMMAND_FAILED where its exit code is not among `options.codes`
 */
export async function measure(
  command: string,
  args: readonly string[],
  options: MeasureOptions = {},
): Promise<Measured> {
  const began = performance.now();
  const child = spawn(command, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  const outputs = [child.stdout, child.stderr].map(collect);
  let peakBytes: number | null = null;
  const look = (): void => {
    peakBytes = (child.pid === undefined ? null : highWaterMark(child.pid)) ?? peakBytes;
  };
  look();
  const timer = setInterval(look, POLL_MS);
  let ended = began;
  child.once("exit", () => {
    ended = performance.now();
  });
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", (cause) => {
        reject(new BenchError("PROGRAM_MISSING", `${command} does not start`, "Install it.", { cause }));
      });
      child.once("close", resolve);
    });
    const [stdout = "", stderr = ""] = outputs.map((chunks) => Buffer.concat(chunks).toString("utf8"));
    if (options.codes !== undefined && (code === null || !options.codes.includes(code))) {
      // With --json an error is printed on stdout.
      const said = (stderr.trim() || stdout.trim()).split("\n").at(-1) ?? "";
      const line = [command, ...args].join(" ");
      throw new BenchError("COMMAND_FAILED", `"${line}" ended with ${code}: ${said}`, "Run it by hand.");
    }
    return { seconds: (ended - began) / 1000, peakBytes, code, stdout, stderr };
  } finally {
    clearInterval(timer);
  }
}

/** One of several things to be compared. */
export interface Variant {
  readonly name: string;
  /** One round; more than one command may make it up. */
  readonly run: () => Promise<Pick<Measured, "seconds" | "peakBytes">>;
  /** Done before every round, not timed: remove what the last round wrote. */
  readonly prepare?: () => Promise<void>;
}

/** What several rounds of one variant took. */
export interface Rounds {
  readonly name: string;
  /** In the order in which they ran. */
  readonly seconds: readonly number[];
  readonly medianSeconds: number;
  /** Largest of all rounds, null where none was measured. */
  readonly peakBytes: number | null;
}

/**
 * Run variants in alternation, every other round in the opposite order, so that what one leaves behind (caches, dirty
 * pages, heat) does not always meet the same other.
 *
 * @returns one result per variant, in the order given
 * @throws RangeError for no rounds; and whatever a variant throws
 */
export async function alternate(
  rounds: number,
  variants: readonly Variant[],
  options: { readonly say?: (line: string) => void } = {},
): Promise<Rounds[]> {
  const seconds = variants.map((): number[] => []);
  const peaks = variants.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    const order = [...variants.entries()];
    if (round % 2 === 1) order.reverse();
    for (const [index, { name, run, prepare }] of order) {
      options.say?.(`${name}, round ${round + 1} of ${rounds}`);
      await prepare?.();
      const measured = await run();
      seconds[index]?.push(measured.seconds);
      if (measured.peakBytes !== null) peaks[index]?.push(measured.peakBytes);
    }
  }
  return variants.map(({ name }, index) => {
    const own = seconds[index] ?? [];
    const peak = peaks[index] ?? [];
    return {
      name,
      seconds: own,
      medianSeconds: median(own),
      peakBytes: peak.length === 0 ? null : Math.max(...peak),
    };
  });
}

/** Peak of a running process's resident memory in bytes; null once it has ended. */
function highWaterMark(pid: number): number | null {
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return kilobytes === undefined ? null : Number(kilobytes) * 1024;
  } catch {
    return null;
  }
}

function collect(stream: Readable): Buffer[] {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size <= MAX_OUTPUT) chunks.push(chunk);
  });
  return chunks;
}
