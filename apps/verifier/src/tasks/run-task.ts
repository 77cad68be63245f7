import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { workerFile } from "@indicia/onnx/worker-pool";
import type { Step } from "../shapes/common.js";
import type { Task, TaskCall, TaskFailure, TaskMessage, TaskTurn } from "./task.js";
import type { TaskKinds } from "./task-list.js";

/**
 * What of this process's environment a task needs: where temporary files go, whom to trust besides, and what Windows
 * cannot do without.
 */
const PASSED_ON = ["PATH", "TMPDIR", "TEMP", "TMP", "NODE_EXTRA_CA_CERTS", "SystemRoot"] as const;
/** What native code prints before it dies; more of it helps nobody. */
const KEPT_OUTPUT = 2000;

export interface TaskOptions {
  /** After which the process is killed. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  readonly onStep?: (step: Step) => void;
  /** Resolves when a request of the task's may leave; absent where it may at once. */
  readonly turn?: () => Promise<void>;
  /** Folder whose path is left out of what goes wrong. */
  readonly hide: string;
}

export type TaskOutcome<Output> =
  | { readonly done: true; readonly output: Output }
  | { readonly done: false; readonly failure: TaskFailure };

type InputOf<Name extends keyof TaskKinds> =
  TaskKinds[Name] extends Task<infer Input, unknown> ? Input : never;
type OutputOf<Name extends keyof TaskKinds> = Awaited<ReturnType<TaskKinds[Name]>>;

/**
 * Do a task in a process of its own, which gets its input, secrets too, over a channel and nothing by arguments or
 * environment. It never throws for what the task does: a crash is a failure like any other.
 */
export async function runTask<Name extends keyof TaskKinds>(
  task: Name,
  input: InputOf<Name>,
  options: TaskOptions,
): Promise<TaskOutcome<OutputOf<Name>>> {
  const child = startChild();
  const kill = (): void => void child.kill("SIGKILL");
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    kill();
  }, options.timeoutMs);
  options.signal?.addEventListener("abort", kill);
  try {
    const call: TaskCall = { task, input };
    const last = await lastMessage(child, call, options);
    if (last.kind === "done") return { done: true, output: last.output as OutputOf<Name> };
    return { done: false, failure: without(options.hide, last.failure) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const failure =
      options.signal?.aborted === true ? ABORTED : late ? tooLong(options.timeoutMs) : died(why);
    return { done: false, failure: without(options.hide, failure) };
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener("abort", kill);
    kill();
  }
}

function startChild(): ChildProcess {
  const file = workerFile(new URL("./main.js", import.meta.url));
  if (file === null) throw new RangeError("the program of tasks was not built");
  const passedOn = PASSED_ON.map((name) => [name, process.env[name]] as const);
  return fork(fileURLToPath(file), [], {
    // Not this process's flags: whoever runs TypeScript sources by them has compiled tasks all the same.
    execArgv: [],
    env: Object.fromEntries(passedOn.filter(([, value]) => value !== undefined)),
    serialization: "advanced",
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
}

/** Send the call and wait for the message that ends it. Rejects where the process ends without one. */
function lastMessage(
  child: ChildProcess,
  call: TaskCall,
  { signal, onStep, turn }: TaskOptions,
): Promise<Exclude<TaskMessage, { kind: "step" | "ask-turn" }>> {
  return new Promise((resolve, reject) => {
    let printed = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      printed = `${printed}${text}`.slice(-KEPT_OUTPUT);
    });
    child.on("message", (message: TaskMessage) => {
      if (message.kind === "step") onStep?.(message.step);
      else if (message.kind === "ask-turn") giveTurn(child, turn).catch(reject);
      else resolve(message);
    });
    child.once("error", reject);
    child.once("close", (code, by) => reject(new Error(`ended with ${by ?? code}: ${printed.trim()}`)));
    if (signal?.aborted === true) return reject(new Error("aborted"));
    child.send(call, (error) => {
      if (error !== null) reject(error);
    });
  });
}

async function giveTurn(child: ChildProcess, turn: TaskOptions["turn"]): Promise<void> {
  await turn?.();
  const given: TaskTurn = { turn: true };
  if (child.connected) child.send(given, () => undefined);
}

const ABORTED: TaskFailure = {
  code: "ABORTED",
  message: "it was interrupted",
  hint: "Try it again.",
  fault: true,
};

function tooLong(timeoutMs: number): TaskFailure {
  return {
    code: "TASK_TIMEOUT",
    message: `it took longer than ${Math.round(timeoutMs / 1000)} seconds`,
    hint: "Give less, or try it with the command line.",
    fault: false,
  };
}

function died(why: string): TaskFailure {
  return {
    code: "TASK_DIED",
    message: `the process that did it ${why}`,
    hint: "It may have run out of memory; the log of the service says more.",
    fault: true,
  };
}

/** Where files lie is nobody's business who asks from outside. */
function without(folder: string, failure: TaskFailure): TaskFailure {
  const cut = (text: string): string => text.replaceAll(`${folder}/`, "").replaceAll(folder, "");
  return { ...failure, message: cut(failure.message), hint: cut(failure.hint) };
}
