import { mkdir } from "node:fs/promises";
import path from "node:path";
import { toBase64 } from "./base64.js";
import { openChain } from "./chain-file.js";
import { EvidenceError } from "./error.js";
import type { QueryBatch } from "./query-batch.js";
import { logBegin, type QueryLog, readQueryLines, type SentAnswer } from "./query-log.js";

/** The one file of a query log. */
export const QUERY_LOG_FILE = "queries.jsonl";

/** One answered query, as it is about to be sent. */
export interface AnsweredQuery {
  readonly customer: string | null;
  /** SHA-256 of the query's canonical inputs, hex. */
  readonly query: string;
  /** The inputs, .npz bytes with one row; stored once per query. */
  readonly input: () => Uint8Array;
  readonly answer: SentAnswer;
  readonly changed: boolean;
}

/** A query log that is open for writing. */
export interface QueryLogFile {
  /** What was found on opening. */
  readonly found: Omit<QueryLog, "head" | "lines">;
  /** Resolves when all of them are on disk; only then may the answers leave. */
  answered(queries: readonly AnsweredQuery[]): Promise<void>;
  /** Record a batch that was fixed by its sender; resolves when it is on disk. */
  batch(batch: QueryBatch, signature: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * Begin a query log, or go on with one.
 *
 * @param folder made where it is not there
 * @throws EvidenceError QUERY_LOG_OTHER_REGISTRATION, CHAIN_LOCKED, and those of `readQueryLog`
 */
export async function openQueryLog(
  folder: string,
  given: { readonly registration: string; readonly clock: () => Date },
): Promise<QueryLogFile> {
  await mkdir(folder, { recursive: true });
  const chain = await openChain(path.join(folder, QUERY_LOG_FILE), { kind: "queries", clock: given.clock });
  try {
    if (chain.found.length === 0) await chain.append("begin", logBegin(given.registration));
    const found =
      chain.found.length === 0
        ? {
            registration: given.registration,
            batches: [],
            answers: [],
            inputs: new Map<string, Uint8Array>(),
          }
        : readQueryLines(chain.found);
    requireRegistration(found.registration, given.registration);
    const stored = new Set(found.inputs.keys());
    return {
      found,
      async answered(queries) {
        await Promise.all(
          queries.map(({ customer, query, input, answer, changed }) => {
            const known = stored.has(query);
            stored.add(query);
            const stored64 = known ? null : toBase64(input());
            return chain.append("answer", { customer, query, input: stored64, answer, changed });
          }),
        );
      },
      async batch({ customer, queries }, signature) {
        await chain.append("batch", { customer, queries, signature });
      },
      close: () => chain.close(),
    };
  } catch (error) {
    await chain.close();
    throw error;
  }
}

/** @throws EvidenceError QUERY_LOG_OTHER_REGISTRATION */
export function requireRegistration(found: string, wanted: string): void {
  if (found === wanted) return;
  throw new EvidenceError(
    "QUERY_LOG_OTHER_REGISTRATION",
    "the query log was begun under another registration",
    "Give the folder of this one, or a new folder.",
  );
}
