import type { Context } from "@indicia/operations/context";
import type { Step } from "../shapes/common.js";
import type { FromRunner, ToRunner } from "./messages.js";
import { runInvestigation } from "./runner.js";
import { type LeaveDesk, openLeaveDesk } from "./runner-leave.js";

/** Progress is shown to people. */
const PROGRESS_INTERVAL_MS = 500;

const stopping = new AbortController();
let desk: LeaveDesk | null = null;

// Whoever started this is gone. What is on its way is lost and recorded as such by whoever goes on.
process.once("disconnect", () => process.exit(1));
process.on("message", (message: ToRunner) => {
  if (message.kind === "begin") void run(message);
  else if (message.kind === "stop") stopping.abort();
  else desk?.take(message);
});

async function run(begin: Extract<ToRunner, { kind: "begin" }>): Promise<void> {
  desk = openLeaveDesk({
    rate: begin.rate,
    batch: begin.leave,
    signal: stopping.signal,
    ask: (id, requests, rows) => tell({ kind: "ask-leave", id, requests, rows }),
  });
  const end = await runInvestigation(begin, { context: createContext(), desk, tell });
  process.send?.(end, () => process.exit(0));
}

function tell(message: FromRunner): void {
  process.send?.(message);
}

function createContext(): Context {
  let told = Number.NEGATIVE_INFINITY;
  const progress = (step: Step): void => {
    const now = performance.now();
    if (now - told < PROGRESS_INTERVAL_MS) return;
    told = now;
    tell({ kind: "progress", step, rows: null });
  };
  return {
    say: () => undefined,
    progress: (stage) => ({
      update: (done, total) => progress({ stage, done, total }),
      stop: () => undefined,
    }),
    signal: stopping.signal,
    environment: {},
    now: () => new Date(),
    askSecret: null,
  };
}
