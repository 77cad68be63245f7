import { rm } from "node:fs/promises";
import { measure, type Variant } from "../process.js";

/** What every speed is held against: reading a file once for its hash, and copying it. */
export function baselineVariants(file: string, copy: string): readonly [Variant, Variant] {
  return [
    { name: "sha256sum", run: () => measure("sha256sum", [file], { codes: [0] }) },
    {
      name: "cp",
      run: () => measure("cp", [file, copy], { codes: [0] }),
      prepare: () => rm(copy, { force: true }),
    },
  ];
}
