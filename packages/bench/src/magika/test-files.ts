import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { sharedPath } from "@indicia/testkit/shared-path";

export interface TestFile {
  /** Type of the file: the name of its folder. */
  readonly type: string;
  readonly file: string;
  readonly content: Uint8Array;
}

/** Magika's own test files in the shared folder, sorted by type and name. */
export async function magikaTestFiles(): Promise<TestFile[]> {
  const root = sharedPath("data", "magika-tests");
  const files: TestFile[] = [];
  for (const type of (await readdir(root)).sort()) {
    for (const file of (await readdir(path.join(root, type))).sort()) {
      files.push({ type, file, content: await readFile(path.join(root, type, file)) });
    }
  }
  return files;
}
