import { readFile } from "node:fs/promises";
import path from "node:path";
import { chainLines, completeLength } from "@indicia/evidence/chain";
import { EvidenceError } from "@indicia/evidence/error";
import { nativeSha256 } from "@indicia/evidence/hash-file";
import { readQueryIndex } from "@indicia/evidence/query-index";
import { INDEX_FILE, requireRegistration } from "@indicia/evidence/query-index-file";
import { checkLog } from "./admin/check-log.js";
import type { LogCheckView } from "./admin/views.js";
import { GatewayError } from "./error.js";

/** What is no damage of the log, but somebody who holds it, or a folder that was named by mistake. */
const NO_DAMAGE: ReadonlySet<string> = new Set(["CHAIN_LOCKED", "QUERY_LOG_OTHER_REGISTRATION"]);

/**
 * Verify a query log as far as a start would, without writing to it, while a gateway may be.
 *
 * @param folder that is there
 * @param registration commitment, hex, under which it has to have been begun; null for none
 * @returns what was found
 * @throws GatewayError QUERY_LOG_DAMAGED; EvidenceError QUERY_LOG_OTHER_REGISTRATION
 */
export async function verifiedLog(folder: string, registration: string | null): Promise<string> {
  const index = await indexOf(folder);
  if (index === null) return "begun";
  if (index !== "unreadable") requireRegistration(index.registration, registration);
  const found = await checkLog(folder);
  if (found.outcome === "whole") return `begun, ${found.lines} lines verified`;
  if (found.outcome === "broken" && found.code === "CHAIN_TORN" && isOpen(found.segment, index))
    return "begun; its last line was not finished, which the start notes and cuts off";
  throw damagedLog(folder, found);
}

/** An error of opening a query log, in words that name folder and segment and say how to go on. */
export async function openingError(folder: string, error: unknown): Promise<unknown> {
  if (!(error instanceof EvidenceError)) return error;
  if (NO_DAMAGE.has(error.code))
    return new EvidenceError(error.code, `${error.message} (${folder})`, error.hint, { cause: error });
  const found = await checkLog(folder);
  const { code, message } = error;
  return damagedLog(
    folder,
    found.outcome === "broken" ? found : { code, message, segment: null, file: null },
    error,
  );
}

function damagedLog(
  folder: string,
  found:
    | Exclude<LogCheckView, { readonly outcome: "whole" }>
    | { readonly code: string; readonly message: string; readonly segment: null; readonly file: null },
  cause?: unknown,
): GatewayError {
  const { message } = found;
  const code = "code" in found ? `${found.code}: ` : "";
  const where = "file" in found && found.file !== null ? path.join(folder, found.file) : folder;
  return new GatewayError(
    "QUERY_LOG_DAMAGED",
    `the query log ${folder} is damaged: ${code}${message} (${where})`,
    "Restore that file from a copy; or move the whole folder away and keep it, since what is whole in it stays evidence, and start: a new log is begun in its place.",
    { cause },
  );
}

interface Index {
  readonly registration: string | null;
  /** Numbers of segments that are closed. */
  readonly closed: ReadonlySet<number>;
}

/** The index of a log, as far as its finished lines go; null where there is none. */
async function indexOf(folder: string): Promise<Index | "unreadable" | null> {
  try {
    const bytes = await readFile(path.join(folder, INDEX_FILE));
    const whole = bytes.subarray(0, completeLength(bytes));
    if (whole.length === 0) return null;
    const { registration, segments } = readQueryIndex(
      chainLines(whole, { kind: "query-index", sha256: nativeSha256 }),
      nativeSha256,
    );
    return { registration, closed: new Set(segments.map(({ segment }) => segment)) };
  } catch (error) {
    if (error instanceof EvidenceError) return "unreadable";
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

/** Whether a file is still written to, so that a crash explains a last line without its end. */
function isOpen(segment: number | null, index: Index | "unreadable"): boolean {
  return index !== "unreadable" && (segment === null || !index.closed.has(segment));
}
