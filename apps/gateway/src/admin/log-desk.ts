import { openPool, workerFile } from "@indicia/onnx/worker-pool";
import { checkLog } from "./check-log.js";
import type { LogCheckView, LogView, SegmentView } from "./views.js";

/** A query log that can be checked. */
export interface LogPlace {
  /** Model whose answers it holds. */
  readonly name: string;
  readonly folder: string;
}

/** Checks of query logs, in the background. */
export interface LogDesk {
  views(): readonly LogView[];
  /** Begin a check, unless one is under way. @returns false where there is no such log */
  begin(name: string): boolean;
  /** Resolves when nothing is under way any more. */
  settled(): Promise<void>;
}

interface Kept {
  readonly place: LogPlace;
  running: Promise<void> | null;
  latest: LogView["latest"];
  /** Segments that were closed and whole when last looked at: they never change again. */
  closed: readonly SegmentView[];
}

export function createLogDesk(places: readonly LogPlace[], clock: () => Date): LogDesk {
  const logs = new Map(
    places.map((place): [string, Kept] => [place.name, { place, running: null, latest: null, closed: [] }]),
  );
  return {
    views: () =>
      [...logs.values()].map(({ place, running, latest }) => ({
        name: place.name,
        running: running !== null,
        latest,
      })),
    begin(name) {
      const log = logs.get(name);
      if (log === undefined) return false;
      log.running ??= check(log, clock).finally(() => {
        log.running = null;
      });
      return true;
    },
    async settled() {
      for (const { running } of logs.values()) await running;
    },
  };
}

async function check(log: Kept, clock: () => Date): Promise<void> {
  const began = clock();
  const found = sinceBefore(log.closed, await inThread(log.place.folder));
  log.latest = { ...found, time: began.toISOString(), ms: clock().getTime() - began.getTime() };
  if (found.outcome === "whole") log.closed = found.segments.filter(({ closed }) => closed);
}

/** Hashing a gigabyte takes seconds, during which clients are to be answered. */
async function inThread(folder: string): Promise<LogCheckView> {
  const file = workerFile(new URL("./check-log-worker.js", import.meta.url));
  if (file === null) return await checkLog(folder);
  const pool = openPool<string, LogCheckView>(file, { workers: 1 });
  try {
    return await pool.run(folder);
  } catch (error) {
    return { outcome: "failed", message: error instanceof Error ? error.message : "unknown" };
  } finally {
    await pool.close();
  }
}

/** A log that was written anew from its first line is whole in itself: closed segments must be those seen before. */
function sinceBefore(before: readonly SegmentView[], found: LogCheckView): LogCheckView {
  if (found.outcome !== "whole") return found;
  const changed = before.find(
    ({ segment, root }) => found.segments.find((each) => each.segment === segment)?.root !== root,
  );
  if (changed === undefined) return found;
  return {
    outcome: "broken",
    file: "index.jsonl",
    segment: changed.segment,
    code: "QUERY_LOG_REWRITTEN",
    message: `segment ${changed.segment} of the query log is another than when it was last checked`,
    wholeBefore: 0,
  };
}
