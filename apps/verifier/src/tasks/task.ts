import type { Context } from "@indicia/operations/context";
import type { Step } from "../shapes/common.js";

/** What a task may use of the process that it runs in. */
export interface TaskTools {
  readonly progress: (step: Step) => void;
  /** For operations: their bars are progress, what they say is kept. */
  readonly context: Context;
  /** What was said so far, a sentence each. */
  readonly said: readonly string[];
  /** Resolves when a request may leave; only the parent knows who else asks the same host. */
  readonly turn: () => Promise<void>;
}

/**
 * Work for a process of its own: on what strangers made, or heavy. What goes in and comes out crosses between processes as
 * structured clones.
 */
export type Task<Input, Output> = (input: Input, tools: TaskTools) => Promise<Output>;

/** What the parent sends, once. */
export interface TaskCall {
  readonly task: string;
  readonly input: unknown;
}

/** What the parent sends each time that a request may leave. */
export interface TaskTurn {
  readonly turn: true;
}

/** Why a task did not come to an end. */
export interface TaskFailure {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  /** Whether the program is at fault rather than what it was given. */
  readonly fault: boolean;
}

/** What the child sends: any number of steps and questions, then an end. */
export type TaskMessage =
  | { readonly kind: "step"; readonly step: Step }
  | { readonly kind: "ask-turn" }
  | { readonly kind: "done"; readonly output: unknown }
  | { readonly kind: "failed"; readonly failure: TaskFailure };
