import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { BenchError } from "../error.js";
import { measure } from "../process.js";
import { rootPath } from "../root.js";

/** The command line that the benches start. */
export const CLI: string = rootPath("apps", "cli", "dist", "main.js");
const GATEWAY: string = rootPath("apps", "gateway", "dist", "main.js");

/** What `examine --json` prints, as far as the rows need it. */
export interface Examined {
  readonly verdict: "match" | "inconclusive";
  readonly log10P: number;
  readonly log10PIdeal: number;
  readonly witnesses: readonly {
    readonly mark: string;
    readonly statistic: string;
    readonly T: number;
    readonly log10P: number;
    readonly payload?: { readonly text: string | null; readonly bitErrors: number };
  }[];
  readonly queries: number;
  readonly seconds: number;
}

/** Run the command line in a process of its own and read its JSON; 0 and 1 are answers, all else is a fault. */
export async function indicia<T>(...args: string[]): Promise<T> {
  const { stdout } = await measure(process.execPath, [CLI, ...args, "--json"], { codes: [0, 1] });
  return JSON.parse(stdout) as T;
}

/** Flags of whoever examines for an owner. */
export function claimFlags(claim: {
  readonly registration: string;
  readonly key: string;
  readonly reference: string;
}): string[] {
  return ["--registration", claim.registration, "--key", claim.key, "--reference", claim.reference];
}

export interface Endpoint {
  readonly address: string;
  stop(): Promise<void>;
}

/**
 * The thief: another process, which is given a model file, a way to answer, and nothing else.
 *
 * @param output policy of the gateway: full, round:2, labels
 */
export async function serveStolen(model: string, output: string): Promise<Endpoint> {
  const child = spawn(process.execPath, [GATEWAY, "--model", model, "--name", "model", "--output", output], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout });
  const line = await Promise.race([
    once(lines, "line").then(([first]) => String(first)),
    once(child, "exit").then(() => null),
  ]);
  if (line === null)
    throw new BenchError("COMMAND_FAILED", "the gateway did not start", "Build the workspace first.");
  const { address } = JSON.parse(line) as { address: string };
  return {
    address: `${address}/v2/models/model`,
    stop: async () => {
      child.kill("SIGTERM");
      if (child.exitCode === null) await once(child, "exit");
    },
  };
}
