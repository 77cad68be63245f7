import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));
/** The built command line. */
export const CLI: string = path.join(ROOT, "apps", "cli", "dist", "main.js");
/** Reports are a few hundred kilobytes. */
const MAX_OUTPUT_BYTES: number = 64 * 2 ** 20;

/** What the commands print, as far as the demo tells of it. */
export interface Json {
  readonly commitment?: string;
  readonly marks?: {
    readonly weights?: { readonly strength: number } | null;
    readonly readout?: { readonly strength: number } | null;
  };
  readonly distortion?: {
    readonly rows: number;
    readonly labelsChanged: number;
    readonly labelsChangedUpper95: number;
  };
  readonly verdict?: string;
  readonly verified?: boolean;
  readonly queries?: number;
  readonly log10P?: number;
  readonly log10PIdeal?: number;
  readonly witnesses?: readonly {
    readonly statistic: string;
    readonly T: number;
    readonly payload?: { readonly text: string | null };
  }[];
  readonly controls?: { readonly reference: string; readonly innocents: string; readonly falseClaim: string };
  readonly checks?: readonly { readonly name: string; readonly status: string }[];
}

/** Run a command of ours in a process of its own, as a user would, and read its JSON. */
export async function runJson(...args: string[]): Promise<Json> {
  return JSON.parse(await runNode(CLI, [...args, "--json"])) as Json;
}

/** Run a program of ours; 0 and 1 are answers. */
export async function runNode(program: string, args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [program, ...args], {
      maxBuffer: MAX_OUTPUT_BYTES,
    });
    return stdout;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === 1 && "stdout" in error)
      return String(error.stdout);
    throw error;
  }
}

export interface Server {
  readonly address: string;
  stop(): Promise<void>;
}

/** Start a server that prints one line of JSON with its address. */
export async function startServer(program: string, args: readonly string[]): Promise<Server> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  const { address } = JSON.parse(line) as { address: string };
  return {
    address,
    stop: async () => {
      child.kill("SIGTERM");
      if (child.exitCode === null) await once(child, "exit");
    },
  };
}
