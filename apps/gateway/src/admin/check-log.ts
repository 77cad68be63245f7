import { readFile } from "node:fs/promises";
import path from "node:path";
import { chainLines } from "@indicia/evidence/chain";
import { nativeSha256 } from "@indicia/evidence/hash-file";
import { readQueryIndex, segmentFile } from "@indicia/evidence/query-index";
import { INDEX_FILE } from "@indicia/evidence/query-index-file";
import { NO_KEYS, walkQueryLog } from "@indicia/evidence/query-log-read-file";
import type { LogCheckView } from "./views.js";

/** A log that is being written may be read in the middle of a line, or of a change of segments: not three times running. */
const ATTEMPTS = 3;
const PAUSE_MS = 200;

/**
 * Check a query log from its first line to its last, while the gateway may be writing it: every line, every link, and
 * every segment's Merkle root against the index. Needs no key.
 *
 * @param folder of the log
 */
export async function checkLog(folder: string): Promise<LogCheckView> {
  let found = await checkOnce(folder);
  for (let attempt = 1; attempt < ATTEMPTS && found.outcome !== "whole"; attempt++) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    found = await checkOnce(folder);
  }
  return found;
}

async function checkOnce(folder: string): Promise<LogCheckView> {
  const whole: number[] = [];
  try {
    const { lines, head, segments } = await walkQueryLog(folder, NO_KEYS, ({ segment }) => {
      whole.push(segment);
    });
    return { outcome: "whole", lines, head, segments };
  } catch (error) {
    const { code, message } = told(error);
    // What cannot be read says nothing of what is in it.
    if (code === null) return { outcome: "failed", message };
    const segment = await segmentAfter(folder, whole.at(-1) ?? null);
    const file = segment === null ? INDEX_FILE : segmentFile(segment);
    return { outcome: "broken", file, segment, code, message, wholeBefore: whole.length };
  }
}

/** The segment that is read after another, or the first; null where the index itself cannot be read. */
async function segmentAfter(folder: string, last: number | null): Promise<number | null> {
  try {
    const bytes = await readFile(path.join(folder, INDEX_FILE));
    const { segments } = readQueryIndex(
      chainLines(bytes, { kind: "query-index", sha256: nativeSha256 }),
      nativeSha256,
    );
    const next = segments.find(({ segment, deleted }) => deleted === null && segment > (last ?? -1));
    return next?.segment ?? (segments.at(-1)?.segment ?? 0) + 1;
  } catch {
    return null;
  }
}

/** Codes of the file system are no findings. */
function told(error: unknown): { readonly code: string | null; readonly message: string } {
  if (!(error instanceof Error)) return { code: null, message: "unknown" };
  const finding = "code" in error && !("syscall" in error) && typeof error.code === "string";
  return { code: finding ? String(error.code) : null, message: error.message };
}
