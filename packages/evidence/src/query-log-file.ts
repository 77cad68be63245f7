import path from "node:path";
import { openChain } from "./chain-file.js";
import { EvidenceError } from "./error.js";
import type { QueryBatch } from "./query-batch.js";
import { segmentFile } from "./query-index.js";
import { openQueryIndex, type QueryIndexFile, readIfThere, requireRegistration } from "./query-index-file.js";
import { type LoggedAnswer, readQueryLines } from "./query-log.js";
import { readableQueries, walkQueryLog } from "./query-log-read-file.js";
import type { LogKeys, LogSealing } from "./query-seal-file.js";
import { type AnsweredQuery, keysOf, openSegment, type SegmentFile } from "./query-segment-file.js";
import type { LogPolicy } from "./query-segment.js";

/** Lines of a segment: read in a second, and its proofs are 17 hashes long. */
const SEGMENT_ENTRIES = 100_000;
/** Bytes of a segment: a sixteenth of what a chain may have, so that one request cannot outgrow it. */
const SEGMENT_BYTES: number = 64 * 2 ** 20;
/** Hours after which a segment is closed even if it is small: what is to be deleted by the day is closed by the day. */
const SEGMENT_HOURS = 24;
const HOUR = 3_600_000;
const WHOLE: LogPolicy = { inputs: "stored", answers: "stored" };

export interface QueryLogOptions {
  /** Commitment, hex; null for a gateway that marks nothing. */
  readonly registration: string | null;
  readonly clock: () => Date;
  /** Default: all is stored. */
  readonly policy?: LogPolicy;
  /** Default: in the clear. */
  readonly sealing?: LogSealing | null;
  /** When a segment is closed and another begun. */
  readonly segment?: { readonly entries?: number; readonly bytes?: number; readonly hours?: number };
  /** Hours for which closed segments are kept; null for ever, the default. */
  readonly keepHours?: number | null;
  /** Told of each answer that is found, in order; then none of them is kept in `found`, however many there are. */
  readonly onFound?: (answer: LoggedAnswer) => void;
}

/** A query log that is open for writing. */
export interface QueryLogFile {
  /** What was answered before, as far as it can be read here and nobody was told, and how many segments cannot be read. */
  readonly found: PastAnswers;
  /** The segment that is written to, its lines so far, and the hash of the last line of the index. */
  state(): { readonly segment: number; readonly entries: number; readonly index: string };
  /** Resolves when all of them are on disk; only then may the answers leave. */
  answered(queries: readonly AnsweredQuery[]): Promise<void>;
  /** Record a batch that was fixed by its sender; resolves when it is on disk. */
  batch(batch: QueryBatch, signature: string): Promise<void>;
  /** Close the segment now, and begin another. */
  rotate(): Promise<void>;
  /** Give up the bodies of segments that were closed before a moment; their roots stay. Returns their numbers. */
  retain(since: Date): Promise<readonly number[]>;
  close(): Promise<void>;
}

export interface PastAnswers {
  readonly answers: readonly LoggedAnswer[];
  readonly unreadable: number;
}

/**
 * Begin a query log, or go on with one; a log of version 1 is gone on with as segment 0.
 *
 * All that is there is checked. Of queries in segments that were given up nothing is known any more: such a query
 * counts as new when it is asked again.
 *
 * @param folder made where it is not there
 * @throws EvidenceError QUERY_LOG_OTHER_REGISTRATION, CHAIN_LOCKED, and those of `walkQueryLog`
 */
export async function openQueryLog(folder: string, options: QueryLogOptions): Promise<QueryLogFile> {
  const { registration, clock, sealing = null } = options;
  const index = await openQueryIndex(folder, { registration, clock });
  let current: SegmentFile | null = null;
  try {
    if (index.segments.length === 0) await adoptSingleFile(folder, index, options);
    current = await nextSegment(folder, index, options);
    if (!current.asPlanned) {
      await index.close(numberOf(index), await current.close());
      current = await nextSegment(folder, index, options);
    }
    const found = await pastAnswers(folder, keysOf(sealing), options.onFound);
    const log = createLog({ folder, index, options, found, current });
    if (options.keepHours != null) await log.retain(hoursBefore(clock(), options.keepHours));
    return log;
  } catch (error) {
    await current?.close();
    await index.release();
    throw error;
  }
}

/** Number of the segment that follows all that are closed. */
function numberOf(index: QueryIndexFile): number {
  return (index.segments.at(-1)?.segment ?? 0) + 1;
}

function nextSegment(folder: string, index: QueryIndexFile, options: QueryLogOptions): Promise<SegmentFile> {
  const { registration, clock, policy = WHOLE, sealing = null } = options;
  const last = index.segments.at(-1);
  const previous = last === undefined ? null : { entries: last.entries, head: last.head, root: last.root };
  return openSegment(folder, { registration, segment: numberOf(index), previous, policy, sealing, clock });
}

/** A log of version 1 is one file without an index. It is checked, and closed as it is. */
async function adoptSingleFile(
  folder: string,
  index: QueryIndexFile,
  options: QueryLogOptions,
): Promise<void> {
  const file = path.join(folder, segmentFile(0));
  if ((await readIfThere(file)) === null) return;
  const chain = await openChain(file, { kind: "queries", clock: options.clock });
  try {
    requireRegistration(readQueryLines(chain.found).registration, options.registration);
    await index.close(0, { entries: chain.entries, head: chain.head, root: chain.root });
  } finally {
    await chain.close();
  }
}

async function pastAnswers(
  folder: string,
  keys: LogKeys,
  onFound: QueryLogOptions["onFound"],
): Promise<PastAnswers> {
  const answers: LoggedAnswer[] = [];
  const take = onFound ?? ((answer) => void answers.push(answer));
  let unreadable = 0;
  await walkQueryLog(folder, keys, (segment) => {
    const read = readableQueries(segment);
    if (read === null) unreadable += 1;
    for (const answer of read?.answers ?? []) take(answer);
  });
  return { answers, unreadable };
}

interface LogParts {
  readonly folder: string;
  readonly index: QueryIndexFile;
  readonly options: QueryLogOptions;
  readonly found: PastAnswers;
  readonly current: SegmentFile;
}

function createLog({ folder, index, options, found, current: first }: LogParts): QueryLogFile {
  const { clock, segment: limits = {}, keepHours = null } = options;
  const { entries = SEGMENT_ENTRIES, bytes = SEGMENT_BYTES, hours = SEGMENT_HOURS } = limits;
  let current = first;
  /** What is being done to segments, and whether anything is: nothing is appended meanwhile. */
  let changes: Promise<void> = Promise.resolve();
  let changing = 0;
  let failure: unknown = null;
  let closing: Promise<void> | null = null;

  const isFull = (): boolean =>
    current.entries >= entries || current.bytes >= bytes || current.begun <= hoursBefore(clock(), hours);

  function requireOpen(): void {
    if (failure !== null) throw failure;
    if (closing !== null)
      throw new EvidenceError("CHAIN_CLOSED", "the query log was closed", "Open it again to go on.");
  }

  /** Resolves when no segment changes; who waits goes on in the order in which he came. */
  async function ready(): Promise<void> {
    for (let left = changing; left > 0; left = changing) await changes;
    requireOpen();
  }

  /** One change after the other. What failed is told to whoever comes next. */
  async function change(work: () => Promise<void>): Promise<void> {
    const before = changes;
    changing += 1;
    const done = (async () => {
      await before;
      try {
        if (failure === null) await work();
      } catch (error) {
        failure = error;
      }
      changing -= 1;
    })();
    changes = done;
    await done;
  }

  async function renew(): Promise<void> {
    await index.close(numberOf(index), await current.close());
    current = await nextSegment(folder, index, options);
    if (keepHours !== null) await giveUp(hoursBefore(clock(), keepHours));
  }

  async function giveUp(since: Date): Promise<readonly number[]> {
    const old = index.segments.filter(
      ({ closed, deleted }) => deleted === null && closed < since.toISOString(),
    );
    for (const { segment } of old) await index.giveUp(segment);
    return old.map(({ segment }) => segment);
  }

  async function append(write: (to: SegmentFile) => Promise<unknown>): Promise<void> {
    if (changing > 0) await ready();
    requireOpen();
    const written = write(current);
    // What was just appended is finished before the segment closes.
    if (isFull()) void change(renew);
    await written;
  }

  return {
    found,
    state: () => ({ segment: numberOf(index), entries: current.entries, index: index.head }),
    answered: (queries) => append((to) => Promise.all(queries.map((query) => to.answered(query)))),
    batch: (batch, signature) => append((to) => to.batch(batch, signature)),
    async rotate() {
      requireOpen();
      await change(renew);
      requireOpen();
    },
    async retain(since) {
      requireOpen();
      let given: readonly number[] = [];
      await change(async () => {
        given = await giveUp(since);
      });
      requireOpen();
      return given;
    },
    close() {
      closing ??= (async () => {
        await changes;
        try {
          await current.close();
        } finally {
          await index.release();
        }
      })();
      return closing;
    },
  };
}

function hoursBefore(time: Date, hours: number): Date {
  return new Date(time.getTime() - hours * HOUR);
}
