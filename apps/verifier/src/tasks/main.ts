import { describeError } from "@indicia/operations/describe-error";
import type { Context } from "@indicia/operations/context";
import type { Task, TaskCall, TaskMessage, TaskTurn } from "./task.js";
import { TASKS } from "./task-list.js";

/** Steps are shown to people; more of them only keep the parent busy. */
const STEP_INTERVAL_MS = 200;
/** Sentences of an operation that are kept. */
const MOST_SAID = 100;

const stopping = new AbortController();
/** Turns are given in the order in which they were asked for. */
const waiting: (() => void)[] = [];
// Whoever started this is gone, and nobody waits for what would come of it.
process.once("disconnect", () => process.exit(1));
process.once("message", (call: TaskCall) => {
  process.on("message", (said: TaskTurn) => {
    if (said.turn) waiting.shift()?.();
  });
  void answer(call);
});

async function answer({ task, input }: TaskCall): Promise<void> {
  const said: string[] = [];
  const last = await outcomeOf(task, input, said);
  process.send?.(last, () => process.exit(0));
}

async function outcomeOf(name: string, input: unknown, said: string[]): Promise<TaskMessage> {
  try {
    const load = new Map<string, () => Promise<unknown>>(Object.entries(TASKS)).get(name);
    if (load === undefined) throw new RangeError(`there is no task "${name}"`);
    const run = (await load()) as Task<unknown, unknown>;
    const progress = createProgress();
    return {
      kind: "done",
      output: await run(input, { progress, context: contextOf(progress, said), said, turn }),
    };
  } catch (error) {
    const { code, message, hint, exitCode } = describeError(error);
    return { kind: "failed", failure: { code, message, hint, fault: exitCode === 3 } };
  }
}

function createProgress(): (step: { stage: string; done: number; total: number }) => void {
  let sent = Number.NEGATIVE_INFINITY;
  let stage = "";
  return (step) => {
    const now = performance.now();
    if (step.stage === stage && now - sent < STEP_INTERVAL_MS) return;
    sent = now;
    stage = step.stage;
    const message: TaskMessage = { kind: "step", step };
    process.send?.(message);
  };
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    const message: TaskMessage = { kind: "ask-turn" };
    process.send?.(message);
  });
}

function contextOf(progress: ReturnType<typeof createProgress>, said: string[]): Context {
  return {
    say: (line) => {
      if (said.length < MOST_SAID) said.push(line);
    },
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
