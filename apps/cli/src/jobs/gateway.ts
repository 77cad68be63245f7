import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Job, Outcome } from "@indicia/operations/context";
import { CliError } from "../error.js";
import type { GatewayCall } from "@indicia/operations/options";

const APPS = fileURLToPath(new URL("../../../", import.meta.url));
/** The gateway is a program of its own, which an installation need not have. */
const GATEWAY: string = path.join(APPS, "gateway", "dist", "main.js");

/** `indicia gateway`: start the gateway, and end it when told to end. Its log goes to stderr as it is. */
export const serveGateway: Job<GatewayCall> = async ({ args }, { say, signal }) => {
  const child = spawn(process.execPath, [GATEWAY, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit");
  const end = (): void => void child.kill("SIGTERM");
  const reload = (): void => void child.kill("SIGHUP");
  signal.addEventListener("abort", end, { once: true });
  process.on("SIGHUP", reload);
  try {
    if (signal.aborted) end();
    const started = await firstLine(child);
    if (started !== null) say(`serving at ${String(started["address"])}`);
    const [code] = (await ended) as [number | null];
    if (started !== null && (code === 0 || signal.aborted)) return { exitCode: 0, report: started };
    throw failed(`the gateway ended with ${code ?? "a signal"}`, "What it said stands above.");
  } finally {
    signal.removeEventListener("abort", end);
    process.off("SIGHUP", reload);
  }
};

/** `indicia gateway check` and `indicia gateway key ...`: let the gateway's program do it, and tell what it told. */
export const callGateway: Job<GatewayCall> = async ({ args }, { say, environment }): Promise<Outcome> => {
  const [first = "", ...rest] = args;
  const options = {
    stdio: ["ignore", "pipe", "pipe"] as ["ignore", "pipe", "pipe"],
    env: { ...environment },
  };
  const child = spawn(process.execPath, [GATEWAY, first, "--json", ...rest], options);
  const [stdout, stderr] = [collected(child, "stdout"), collected(child, "stderr")];
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0 && code !== 1)
    throw failed(stderr().trim() || "the gateway's program failed", "Mend that, and try again.");
  const report = JSON.parse(stdout()) as Record<string, unknown>;
  for (const line of linesOf(report)) say(line);
  return { exitCode: code, report };
};

/** What the gateway prints once it answers; null where it ends before. */
async function firstLine(child: ChildProcess): Promise<Record<string, unknown> | null> {
  if (child.stdout === null) return null;
  for await (const line of createInterface({ input: child.stdout }))
    return JSON.parse(line) as Record<string, unknown>;
  return null;
}

function collected(child: ChildProcess, name: "stdout" | "stderr"): () => string {
  const parts: string[] = [];
  child[name]?.setEncoding("utf8").on("data", (part: string) => parts.push(part));
  return () => parts.join("");
}

/** One line for each thing that was found or made. */
function linesOf(report: Readonly<Record<string, unknown>>): string[] {
  const listed = report["checks"] ?? report["keys"];
  const things: unknown[] = Array.isArray(listed) ? listed : [report];
  return things.map((thing) =>
    Object.entries(thing as Record<string, unknown>)
      .filter(([, value]) => value !== null)
      .map(([name, value]) => `${name} ${Array.isArray(value) ? value.join(" ") : String(value)}`)
      .join(", "),
  );
}

function failed(message: string, hint: string): CliError {
  return new CliError("GATEWAY_FAILED", message, hint);
}
