import { PassThrough } from "node:stream";
import { commands } from "../command-list.js";
import { runCli } from "../run-cli.js";
import type { Ran } from "./owner.js";

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

function written(stream: PassThrough): string {
  const text: unknown = stream.setEncoding("utf8").read();
  return typeof text === "string" ? text : "";
}
