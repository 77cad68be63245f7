import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Context, Outcome } from "@indicia/operations/context";
import { CliError, type CliErrorCode } from "../error.js";
import type { ProgramCall } from "@indicia/operations/options";

const APPS = fileURLToPath(new URL("../../../", import.meta.url));

/** A program of its own, which an installation need not have. */
export interface OwnProgram {
  /** Its folder among the apps. */
  readonly name: "gateway" | "verifier";
  /** Whether `--json` makes it speak JSON; otherwise it always does. */
  readonly json: boolean;
  readonly code: CliErrorCode;
}

/** Start such a program, and end it when told to end. Its log goes to stderr as it is. */
export async function serveProgram(
  program: OwnProgram,
  { args }: ProgramCall,
  { say, signal, environment }: Pick<Context, "say" | "signal" | "environment">,
): Promise<Outcome> {
  const child = spawn(process.execPath, [mainOf(program), ...args], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...environment },
  });
  const ended = once(child, "exit");
  const end = (): void => void child.kill("SIGTERM");
  const reload = (): void => void child.kill("SIGHUP");
  signal.addEventListener("abort", end, { once: true });
  process.on("SIGHUP", reload);
  try {
    if (signal.aborted) end();
    const started = await firstLine(child);
    if (started !== null) tellStarted(started, say);
    const [code] = (await ended) as [number | null];
    if (started !== null && (code === 0 || signal.aborted)) return { exitCode: 0, report: started };
    const message = `the ${program.name} ended with ${code ?? "a signal"}`;
    throw new CliError(program.code, message, "What it said stands above.");
  } finally {
    signal.removeEventListener("abort", end);
    process.off("SIGHUP", reload);
  }
}

/** Let such a program do something that has an end, and tell what it told. */
export async function callProgram(
  program: OwnProgram,
  { args }: ProgramCall,
  { say, environment, json: printed = false }: Pick<Context, "say" | "environment" | "json">,
): Promise<Outcome> {
  const [first = "", ...rest] = args;
  const options = {
    stdio: ["ignore", "pipe", "pipe"] as ["ignore", "pipe", "pipe"],
    env: { ...environment },
  };
  const json = program.json ? ["--json"] : [];
  const child = spawn(process.execPath, [mainOf(program), first, ...json, ...rest], options);
  const [stdout, stderr] = [collected(child, "stdout"), collected(child, "stderr")];
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0 && code !== 1) {
    throw programError(program, stderr().trim());
  }
  const { lines, ...report } = JSON.parse(stdout()) as Record<string, unknown>;
  // What is shown once is shown in one place: whoever asks for JSON finds it there.
  if (!printed || !("token" in report))
    for (const line of Array.isArray(lines) ? lines.map(String) : linesOf(report)) say(line);
  return { exitCode: code, report };
}

/** An error that a program told in its own words, which need none of ours around them. */
class ProgramError extends Error {
  override readonly name = "ProgramError";
  readonly code: string;
  readonly hint: string;

  constructor(code: string, message: string, hint: string) {
    super(message);
    this.code = code;
    this.hint = hint;
  }
}

/** @param told `CODE: message. Hint.`, or whatever the program said last */
function programError({ name, code }: OwnProgram, told: string): Error {
  const [, own = "", message = "", hint = ""] =
    /^([A-Z][A-Z0-9_]+): ([^]*?)\. ([^.]*(?:\.\S[^.]*)*\.?)$/.exec(told) ?? [];
  if (own !== "") return new ProgramError(own, message, hint);
  return new CliError(code, told === "" ? `the ${name}'s program failed` : told, "Mend that, and try again.");
}

function mainOf({ name }: OwnProgram): string {
  return path.join(APPS, name, "dist", "main.js");
}

function tellStarted(started: Readonly<Record<string, unknown>>, say: Context["say"]): void {
  const address = started["address"];
  // A worker of the verifier answers nobody.
  say(typeof address === "string" ? `serving at ${address}` : "working; it answers at no address");
  const link = started["signIn"];
  if (typeof link === "string") say(`sign in, once, at ${link}`);
}

/** What it prints once it answers; null where it ends before. */
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
