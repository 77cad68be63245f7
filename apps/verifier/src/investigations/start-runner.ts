import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { workerFile } from "@indicia/onnx/worker-pool";
import type { Begin, FromRunner, RunnerEnd, ToRunner } from "./messages.js";

/** What of this process's environment a runner needs: where temporary files go, and what Windows cannot do without. */
const PASSED_ON = ["PATH", "TMPDIR", "TEMP", "TMP", "SystemRoot"] as const;
/** What native code prints before it dies; more of it helps nobody. */
const KEPT_OUTPUT = 2000;

/** A run in a process of its own. */
export interface Runner {
  readonly pid: number | undefined;
  send(message: Exclude<ToRunner, Begin>): void;
  /** End it at once; what is on its way is lost. */
  kill(): void;
  /** How it ended; a crash is a failure like any other. */
  readonly ended: Promise<RunnerEnd>;
}

/**
 * Start a runner. Keys and credentials go over its channel, not by arguments or environment, and it ends when that closes.
 *
 * @param hear told of every message that is not the end
 */
export function startRunner(begin: Begin, hear: (message: Exclude<FromRunner, RunnerEnd>) => void): Runner {
  const file = workerFile(new URL("./runner-main.js", import.meta.url));
  if (file === null) throw new RangeError("the program of runners was not built");
  const passedOn = PASSED_ON.map((name) => [name, process.env[name]] as const);
  const child = fork(fileURLToPath(file), [], {
    execArgv: [],
    env: Object.fromEntries(passedOn.filter(([, value]) => value !== undefined)),
    serialization: "advanced",
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  const ended = endOf(child, hear);
  child.send(begin satisfies ToRunner, ignored);
  return {
    pid: child.pid,
    send: (message) => {
      if (child.connected) child.send(message, ignored);
    },
    kill: () => void child.kill("SIGKILL"),
    ended,
  };
}

/** One that is gone tells so by its end. */
function ignored(): void {}

function endOf(
  child: ChildProcess,
  hear: (message: Exclude<FromRunner, RunnerEnd>) => void,
): Promise<RunnerEnd> {
  let printed = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    printed = `${printed}${text}`.slice(-KEPT_OUTPUT);
  });
  return new Promise((resolve) => {
    let end: RunnerEnd | null = null;
    child.on("message", (message: FromRunner) => {
      if (message.kind === "progress" || message.kind === "look" || message.kind === "ask-leave")
        hear(message);
      else end = message;
    });
    child.once("error", (error) => resolve(crash(error.message)));
    child.once("close", (code, signal) =>
      resolve(end ?? crash(`ended with ${signal ?? code}: ${printed.trim()}`)),
    );
  });
}

function crash(why: string): RunnerEnd {
  return {
    kind: "failed",
    reason: {
      code: "RUNNER_DIED",
      message: `the process that ran it ${why}`.slice(0, KEPT_OUTPUT),
      hint: "It may have run out of memory; the log of the service says more.",
    },
    fault: true,
  };
}
