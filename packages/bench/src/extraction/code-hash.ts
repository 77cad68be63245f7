import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { rootPath } from "../root.js";

/**
 * SHA-256 over the programs of packages, hex: what is made by them is made anew when they change. Their sources, since
 * compiled ones stay behind when a source is gone.
 */
export async function codeHash(packages: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const name of packages) {
    const folder = rootPath("packages", name, "src");
    const files = (await readdir(folder, { recursive: true })).filter(isProgram).sort();
    for (const file of files)
      hash.update(`${name}/${file}\n`).update(await readFile(path.join(folder, file)));
  }
  return hash.digest("hex");
}

function isProgram(file: string): boolean {
  return file.endsWith(".ts") && !file.endsWith(".test.ts") && !file.includes("test-support");
}
