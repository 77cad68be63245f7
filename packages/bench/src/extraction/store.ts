import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm } from "node:fs/promises";
import path from "node:path";
import { syncFolder, writeDurably } from "@indicia/evidence/durable-file";
import { rootPath } from "../root.js";

/** Files of an artefact by their names; folders are parted by slashes. */
export type Files = ReadonlyMap<string, Uint8Array>;

/** Hash of an artefact's files; written last. */
const CONTENT = "content.sha256";
const RECIPE = "recipe.json";

/** Where artefacts are kept: a folder each, named by the hash of its recipe; whole or not there. */
export interface Store {
  readonly folder: (id: string) => string;
  /** Hash of the content, or null where there is no such artefact. */
  readonly content: (id: string) => Promise<string | null>;
  /** Keep an artefact; one that is there already stays. */
  readonly put: (id: string, recipe: unknown, files: Files) => Promise<void>;
}

/** The usual place of the cache; the variable INDICIA_CACHE names another. */
export function cacheFolder(): string {
  const named = process.env["INDICIA_CACHE"];
  return path.join(
    named === undefined || named === "" ? rootPath("packages", "bench", ".cache") : named,
    "extraction",
  );
}

export function openStore(root: string): Store {
  const folder = (id: string): string => path.join(root, id);
  return {
    folder,
    content: async (id) => {
      const file = path.join(folder(id), CONTENT);
      return existsSync(file) ? (await readFile(file, "utf8")).trim() : null;
    },
    put: async (id, recipe, files) => {
      await mkdir(root, { recursive: true });
      const made = path.join(root, `.${id}.${randomBytes(6).toString("hex")}.tmp`);
      await mkdir(made);
      try {
        for (const [name, bytes] of files) {
          await mkdir(path.join(made, path.dirname(name)), { recursive: true });
          await writeDurably(path.join(made, name), bytes);
        }
        await writeDurably(path.join(made, RECIPE), Buffer.from(`${JSON.stringify(recipe, null, 2)}\n`));
        await writeDurably(path.join(made, CONTENT), Buffer.from(`${contentHash(files)}\n`));
        if (!existsSync(folder(id))) await rename(made, folder(id));
        await syncFolder(root);
      } finally {
        await rm(made, { recursive: true, force: true });
      }
    },
  };
}

/** SHA-256 over names, lengths and bytes, in the order of the names, hex. */
function contentHash(files: Files): string {
  const hash = createHash("sha256");
  for (const [name, bytes] of [...files].sort(([a], [b]) => (a < b ? -1 : 1)))
    hash.update(`${JSON.stringify([name, bytes.length])}\n`).update(bytes);
  return hash.digest("hex");
}
