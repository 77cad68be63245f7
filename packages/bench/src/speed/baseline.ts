import { mkdir, rm } from "node:fs/promises";
import { measure, type Variant } from "../process.js";

/** What every speed is held against: reading files once for their hashes, and copying them into a folder. */
export function baselineVariants(files: readonly string[], copies: string): readonly [Variant, Variant] {
  return [
    { name: "sha256sum", run: () => measure("sha256sum", files, { codes: [0] }) },
    {
      name: "cp",
      run: () => measure("cp", [...files, copies], { codes: [0] }),
      prepare: async () => {
        await rm(copies, { recursive: true, force: true });
        await mkdir(copies);
      },
    },
  ];
}
