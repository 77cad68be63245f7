import { openQueryLog } from "../query-log-file.js";
import { buildChild, linesOfKilled } from "./killed-child-file.js";
import { readQueryLogFolder, walkQueryLog } from "../query-log-read-file.js";

const KEY = new Uint8Array(32).fill(7);

/** What a killed gateway had acknowledged, and what its log says afterwards. */
export interface QueryCrash {
  readonly acknowledged: number;
  /** Acknowledged entries that the log does not have. */
  readonly missing: readonly number[];
  readonly segments: number;
  /** The first number that was not used. */
  readonly next: number;
}

/** Make a program of the child that plain Node can run; returns its path in a new folder. */
export function buildQueryCrashChild(): Promise<string> {
  return buildChild("query-crash-child-file");
}

/** Run the child on a log, kill it some milliseconds after its first entry, and go on with the log as a gateway would. */
export async function crashQueryLog(
  program: string,
  folder: string,
  { first, milliseconds }: { readonly first: number; readonly milliseconds: number },
): Promise<QueryCrash> {
  const said = (await linesOfKilled([program, folder, String(first)], milliseconds)).map(Number);
  const log = await openQueryLog(folder, {
    registration: "ab".repeat(32),
    clock: () => new Date(),
    segment: { entries: 50 },
    sealing: { kind: "sub-key", key: KEY },
  });
  await log.close();
  const { answers } = await readQueryLogFolder(folder, { subKey: KEY, unwrap: null });
  const numbers = answers.map(({ query }) => Number.parseInt(query, 16));
  const there = new Set(numbers);
  const { segments } = await walkQueryLog(folder);
  return {
    acknowledged: said.length,
    missing: said.filter((number) => !there.has(number)),
    segments: segments.length,
    next: Math.max(first, ...numbers) + 1,
  };
}
