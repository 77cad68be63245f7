import type { Command } from "commander";
import type { Context, Job, Outcome } from "@indicia/operations/context";
import type { Flags } from "./flags.js";

/** One command: how it is called, and what its arguments mean. What it does is its job. */
export interface CommandSpec<Options> {
  /** As typed after `indicia`, such as `key new`. */
  readonly name: string;
  readonly summary: string;
  /** One real call, shown by `--help`. */
  readonly example: string;
  /** Declare arguments and options. */
  readonly declare: (command: Command) => Command;
  /** @throws CliError for values that cannot be */
  readonly read: (args: readonly string[], flags: Flags) => Options;
}

/** A command with its job, ready to be called. */
export interface BoundCommand {
  readonly spec: Omit<CommandSpec<unknown>, "read">;
  /** Read the arguments at once, and give what remains to be done. */
  readonly prepare: (args: readonly string[], flags: Flags) => (context: Context) => Promise<Outcome>;
}

/** Jobs are loaded when called: most of what they stand on is not needed to make a key or to show help. */
export function bind<Options>(spec: CommandSpec<Options>, load: () => Promise<Job<Options>>): BoundCommand {
  return {
    spec,
    prepare(args, flags) {
      const options = spec.read(args, flags);
      return async (context) => (await load())(options, context);
    },
  };
}
