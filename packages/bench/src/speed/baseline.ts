import { rm } from "node:fs/promises";
import type { Command } from "./process.js";

/** What every speed is held against: reading a file once for its hash, and copying it. */
export function baselineCommands(file: string, copy: string): readonly [Command, Command] {
  return [
    { name: "sha256sum", program: "sha256sum", args: [file] },
    { name: "cp", program: "cp", args: [file, copy], prepare: () => rm(copy, { force: true }) },
  ];
}
