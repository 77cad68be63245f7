import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { writeDurably } from "@indicia/evidence/durable-file";
import { isEntryName } from "@indicia/evidence/zip-names";
import { packEntry, writeZip } from "@indicia/evidence/zip-write";
import type { Task } from "../tasks/task.js";

export interface PackInput {
  readonly folder: string;
  /** Archive to write. */
  readonly out: string;
}

/** Pack a folder of ours, its hidden files left out. @throws EvidenceError where it is too large for an archive */
export const packFolder: Task<PackInput, null> = async ({ folder, out }) => {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const names = found
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).replaceAll("\\", "/"))
    // Locks and what is being written begin with a dot.
    .filter((name) => isEntryName(name));
  const entries = [];
  // What is large is packed already: weights and .npz.
  for (const name of names)
    entries.push(packEntry(name, await readFile(path.join(folder, name)), { stored: true }));
  await writeDurably(out, writeZip(entries));
  return null;
};
