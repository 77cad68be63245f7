import { readFile } from "node:fs/promises";
import { BenchError } from "../error.js";
import { rootPath } from "../root.js";

/** What a file is for: fitting, asking a suspect, measuring. No file, and no near-duplicate, is in two of them. */
export type Split = "calibration" | "pool" | "held-back";

/** In the order of the corpus file. */
export const SPLITS: readonly Split[] = ["calibration", "pool", "held-back"];

export interface CorpusEntry {
  readonly sha256: string;
  readonly bytes: number;
  /** `package@version/path` in the installed packages, or `shared/path` in the folder beside the checkout. */
  readonly source: string;
}

/** Entries of every split, each sorted by SHA-256: the first n are as good as n drawn at random. */
export type Corpus = Readonly<Record<Split, readonly CorpusEntry[]>>;

/** The committed list. */
export const CORPUS_PATH: string = rootPath("packages", "bench", "corpus", "corpus.json");

/** @throws BenchError CORPUS_INVALID */
export async function readCorpus(file: string = CORPUS_PATH): Promise<Corpus> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw invalid("it cannot be read", cause);
  });
  return parseCorpus(text);
}

/** @throws BenchError CORPUS_INVALID */
export function parseCorpus(text: string): Corpus {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw invalid("it is not JSON", cause);
  }
  if (!isRecord(document) || document["version"] !== 1) throw invalid("its version is not 1");
  const seen = new Set<string>();
  const entriesOf = (split: Split): CorpusEntry[] => {
    const list: unknown = document[split];
    if (!Array.isArray(list)) throw invalid(`it has no list "${split}"`);
    return list.map((item: unknown) => {
      const entry = entryOf(item);
      if (seen.has(entry.sha256)) throw invalid(`${entry.sha256} is in it twice`);
      seen.add(entry.sha256);
      return entry;
    });
  };
  return {
    calibration: entriesOf("calibration"),
    pool: entriesOf("pool"),
    "held-back": entriesOf("held-back"),
  };
}

/** One line per file, so that a change of the corpus reads well in a diff. */
export function formatCorpus(corpus: Corpus): string {
  const lists = SPLITS.map((split) => {
    const lines = corpus[split].map(({ sha256, bytes, source }) => JSON.stringify({ sha256, bytes, source }));
    return `${JSON.stringify(split)}: [\n${lines.join(",\n")}\n]`;
  });
  return `{\n"version": 1,\n${lists.join(",\n")}\n}\n`;
}

function entryOf(item: unknown): CorpusEntry {
  if (!isRecord(item)) throw invalid("an entry is no object");
  const { sha256, bytes, source } = item;
  if (typeof sha256 !== "string" || !/^[0-9a-f]{64}$/.test(sha256)) throw invalid("an entry has no SHA-256");
  if (typeof bytes !== "number" || !Number.isInteger(bytes) || bytes < 0)
    throw invalid(`${sha256} has no size`);
  if (typeof source !== "string" || source.split("/").some((part) => part === ".." || part === "")) {
    throw invalid(`${sha256} has no usable source`);
  }
  return { sha256, bytes, source };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function invalid(what: string, cause?: unknown): BenchError {
  return new BenchError(
    "CORPUS_INVALID",
    `the corpus list is unusable: ${what}`,
    "Take corpus.json from the repository again, or make it anew with corpus/make.js.",
    { cause },
  );
}
