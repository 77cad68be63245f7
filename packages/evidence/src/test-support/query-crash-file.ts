import { spawn } from "node:child_process";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { build } from "vite";
import { openQueryLog } from "../query-log-file.js";
import { readQueryLogFolder, walkQueryLog } from "../query-log-read-file.js";

const KEY = new Uint8Array(32).fill(7);

/** What a killed gateway had acknowledged, and what its log says afterwards. */
export interface QueryCrash {
  readonly acknowledged: number;
  /** Acknowledged entries that the log does not have. */
  readonly missing: readonly number[];
  readonly segments: number;
  /** The first number that was not used. */
  readonly next: number;
}

/** Make a program of the child that plain Node can run; returns its path in a new folder. */
export async function buildQueryCrashChild(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "indicia-log-crash-"));
  await build({
    configFile: false,
    logLevel: "silent",
    root: import.meta.dirname,
    ssr: { noExternal: true },
    build: {
      ssr: path.join(import.meta.dirname, "query-crash-child-file.ts"),
      outDir: folder,
      minify: false,
      target: "node20",
    },
  });
  return path.join(folder, "query-crash-child-file.js");
}

/** Run the child on a log, kill it some milliseconds after its first entry, and go on with the log as a gateway would. */
export async function crashQueryLog(
  program: string,
  folder: string,
  { first, milliseconds }: { readonly first: number; readonly milliseconds: number },
): Promise<QueryCrash> {
  const child = spawn(process.execPath, [program, folder, String(first)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.setEncoding("utf8");
  child.stdout.on("data", (text: string) => {
    if (output === "") setTimeout(() => child.kill("SIGKILL"), milliseconds);
    output += text;
  });
  await new Promise((resolve) => {
    child.once("close", resolve);
  });
  const said = output.split("\n").slice(0, -1).map(Number);
  const log = await openQueryLog(folder, {
    registration: "ab".repeat(32),
    clock: () => new Date(),
    segment: { entries: 50 },
    sealing: { kind: "sub-key", key: KEY },
  });
  await log.close();
  const { answers } = await readQueryLogFolder(folder, { subKey: KEY, unwrap: null });
  const numbers = answers.map(({ query }) => Number.parseInt(query, 16));
  const there = new Set(numbers);
  const { segments } = await walkQueryLog(folder);
  return {
    acknowledged: said.length,
    missing: said.filter((number) => !there.has(number)),
    segments: segments.length,
    next: Math.max(first, ...numbers) + 1,
  };
}
