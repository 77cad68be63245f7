import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { sharedPath } from "@indicia/testkit/shared-path";
import { BenchError } from "../error.js";
import { type CorpusEntry, readCorpus, type Split } from "./corpus-file.js";
import { installedPackages } from "./installed.js";

export interface CorpusFiles {
  readonly entries: readonly CorpusEntry[];
  /** Contents, one per entry. */
  readonly files: readonly Uint8Array[];
  /** SHA-256 over the entries' own, in order: names the data of a row. */
  readonly sha256: string;
}

/**
 * The files of one split, each checked against its SHA-256.
 *
 * @param options.limit the first so many; since entries are sorted by hash, as good as drawn at random
 * @throws BenchError CORPUS_INVALID, CORPUS_MISSING, CORPUS_CHANGED
 */
export async function loadCorpus(
  split: Split,
  options: { readonly limit?: number } = {},
): Promise<CorpusFiles> {
  const corpus = await readCorpus();
  const entries = corpus[split].slice(0, options.limit);
  const locate = await corpusLocator();
  const files: Uint8Array[] = [];
  const total = createHash("sha256");
  for (const entry of entries) {
    files.push(await readEntry(entry, locate));
    total.update(entry.sha256, "hex");
  }
  return { entries, files, sha256: total.digest("hex") };
}

/** Turns a source into a path, or null where its package is not installed. */
export type CorpusLocator = (source: string) => string | null;

/** Where the sources of a corpus lie on this machine. */
export async function corpusLocator(): Promise<CorpusLocator> {
  const installed = await installedPackages();
  return (source) => {
    const parts = source.split("/");
    if (parts[0] === "shared") return sharedPath(...parts.slice(1));
    const length = source.startsWith("@") ? 2 : 1;
    const found = installed.get(parts.slice(0, length).join("/"));
    return found === undefined ? null : path.join(found.folder, ...parts.slice(length));
  };
}

/** @throws BenchError CORPUS_MISSING, CORPUS_CHANGED */
export async function readEntry(entry: CorpusEntry, locate: CorpusLocator): Promise<Uint8Array> {
  const file = locate(entry.source);
  const content = file === null ? null : await readFile(file).catch(() => null);
  if (content === null) {
    throw new BenchError(
      "CORPUS_MISSING",
      `"${entry.source}" is not there`,
      "Install the lockfile's packages; where the lockfile has moved on, make the corpus anew with corpus/make.js.",
    );
  }
  if (createHash("sha256").update(content).digest("hex") !== entry.sha256) {
    throw new BenchError(
      "CORPUS_CHANGED",
      `"${entry.source}" is not the file that the corpus names`,
      "Install the packages again; nothing may edit what is installed.",
    );
  }
  return content;
}
