import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { BenchError } from "../error.js";
import { rootPath } from "../root.js";

/** A server in a process of its own. */
export interface Server {
  readonly address: string;
  /** All that it said when it had started. */
  readonly started: Readonly<Record<string, unknown>>;
  /** Resident memory now, in bytes; null on systems without /proc. */
  memory(): number | null;
  /** Processor time that it has used, in seconds; 0 on systems without /proc. */
  processorSeconds(): number;
  stop(): Promise<void>;
}

/** The gateway as users start it. */
export const GATEWAY: string = rootPath("apps", "gateway", "dist", "main.js");

export function startGateway(...args: readonly string[]): Promise<Server> {
  return startProgram(GATEWAY, args);
}

/** The same model behind a bare Hono route. */
export function startBare(model: string): Promise<Server> {
  return startProgram(rootPath("packages", "bench", "dist", "gateway", "bare-main.js"), [model]);
}

/** Start a program of ours that says in its first line, as JSON, where it serves. */
export async function startProgram(program: string, args: readonly string[]): Promise<Server> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const line = await Promise.race([
    once(createInterface({ input: child.stdout }), "line").then(([first]) => String(first)),
    once(child, "exit").then(() => null),
  ]);
  if (line === null)
    throw new BenchError("COMMAND_FAILED", `"${program}" did not start`, "Build the workspace first.");
  const started = JSON.parse(line) as Readonly<Record<string, unknown>>;
  return {
    address: String(started["address"]),
    started,
    memory: () => residentBytes(child.pid),
    processorSeconds: () => processorSeconds(child.pid),
    stop: async () => {
      child.kill("SIGTERM");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    },
  };
}

/** proc(5), VmRSS. */
function residentBytes(pid: number | undefined): number | null {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return kilobytes === undefined ? null : Number(kilobytes) * 1024;
  } catch {
    return null;
  }
}

/** proc(5): fields 14 and 15 of stat, in ticks, of which Linux tells programs 100 a second. */
function processorSeconds(pid: number | undefined): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name before it may hold spaces.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return 0;
  }
}
