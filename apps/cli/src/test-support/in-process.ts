import { PassThrough } from "node:stream";
import { commands } from "../command-list.js";
import type { Json } from "../demo/programs.js";
import { runCli } from "../run-cli.js";

/** How a call of the command line ended. */
export interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Run a command in this process, which takes a tenth of the time where it does little. */
export function call(...args: string[]): Promise<Ran> {
  return callAt(new Date(), ...args);
}

/** The same at another time. */
export async function callAt(now: Date, ...args: string[]): Promise<Ran> {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const exitCode = await runCli(commands, args, {
    stdout,
    stderr,
    environment: {},
    signal: new AbortController().signal,
    now: () => now,
    askSecret: null,
    version: "0.0.0",
  });
  return { exitCode, stdout: written(stdout), stderr: written(stderr) };
}

/** Run a command that has to succeed: with 0. */
export async function done(...args: string[]): Promise<Ran> {
  const ran = await call(...args);
  if (ran.exitCode !== 0) throw new Error(`${ran.exitCode}: ${ran.stderr}`);
  return ran;
}

/** Run a command that has to come to an answer, whatever it says: 0 or 1. */
export async function answered(...args: string[]): Promise<Ran> {
  const ran = await call(...args);
  if (ran.exitCode > 1) throw new Error(`${ran.exitCode}: ${ran.stderr}`);
  return ran;
}

/** What a command that comes to an answer prints with `--json`. */
export async function json<Report = Json>(...args: string[]): Promise<Report> {
  return JSON.parse((await answered(...args, "--json")).stdout) as Report;
}

function written(stream: PassThrough): string {
  const text: unknown = stream.setEncoding("utf8").read();
  return typeof text === "string" ? text : "";
}
