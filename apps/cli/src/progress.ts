import type { Writable } from "node:stream";
import { type Options, SingleBar } from "cli-progress";
import type { Progress } from "@indicia/operations/context";

/** Below this share of the work an estimate of the time left would mislead. */
const LEAST_SHARE = 0.02;

/** Stages that end sooner than this say nothing where there is no terminal; longer ones say more every half minute. */
const FIRST_LINE_MS = 5000;
const LINE_MS = 30_000;

export interface Bars {
  readonly start: (label: string) => Progress;
  /** Take the bar away, so that a line can be written. */
  readonly clear: () => void;
}

const QUIET: Progress = { update: () => undefined, stop: () => undefined };

/** Where nothing is to be shown. */
export const NO_BARS: Bars = { start: () => QUIET, clear: () => undefined };

/** Bars on a terminal, one at a time. */
export function progressBars(stream: Writable, clock: () => number = Date.now): Bars {
  let current: Progress = QUIET;
  const clear = (): void => {
    current.stop();
    current = QUIET;
  };
  const start = (label: string): Progress => {
    clear();
    current = startBar(stream, label, clock);
    return current;
  };
  return { start, clear };
}

/** Lines where there is no terminal: a stage that takes long says now and then how far it is, and at last that it ended. */
export function progressLines(write: (line: string) => void, clock: () => number = Date.now): Bars {
  const start = (label: string): Progress => {
    const began = clock();
    let next = began + FIRST_LINE_MS;
    let latest = "";
    let said = false;
    return {
      update(done, total, note) {
        latest = `${done} of ${total}`;
        if (clock() < next) return;
        said = true;
        next = clock() + LINE_MS;
        const more = [note ?? "", timeLeft(done, total, clock() - began)].filter((part) => part !== "");
        write([`${label}: ${latest}`, ...more].join(", "));
      },
      stop() {
        // It may end early, such as at a look that was enough.
        if (said) write(`${label}: ended at ${latest}`);
        said = false;
      },
    };
  };
  return { start, clear: () => undefined };
}

function startBar(stream: Writable, label: string, clock: () => number): Progress {
  const began = clock();
  const options: Options & { gracefulExit: boolean } = {
    stream,
    format: `${label.replaceAll("{", "(").replaceAll("}", ")")} {bar} {percentage} %{note} {left}`,
    barsize: 24,
    barCompleteChar: "#",
    barIncompleteChar: "-",
    clearOnComplete: true,
    // Who writes the last line also ends the process; the library would otherwise hold on to SIGINT.
    gracefulExit: false,
  };
  const bar = new SingleBar(options);
  let running = false;
  return {
    update(done, total, pace) {
      const note = pace === undefined ? "" : ` ${pace}`;
      if (!running) bar.start(Math.max(total, 1), 0, { note, left: "" });
      running = true;
      bar.setTotal(Math.max(total, 1));
      bar.update(done, { note, left: timeLeft(done, total, clock() - began) });
    },
    stop() {
      if (running) bar.stop();
      running = false;
    },
  };
}

/** Rest of the time at the pace so far, in words, or nothing while it is too early to say. */
export function timeLeft(done: number, total: number, elapsedMs: number): string {
  if (total <= 0 || done / total < LEAST_SHARE || done >= total) return "";
  const seconds = Math.ceil(((elapsedMs / 1000) * (total - done)) / done);
  if (seconds < 60) return `${seconds} s left`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes} min ${seconds % 60} s left`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min left`;
}
