import { Command, CommanderError } from "commander";
import type { BoundCommand } from "./command.js";
import type { Context, Outcome } from "@indicia/operations/context";
import { type Flags, isSet, usage } from "./flags.js";

/** What the arguments turned out to ask for. */
export type Call =
  | {
      readonly kind: "run";
      readonly json: boolean;
      readonly quiet: boolean;
      readonly job: (context: Context) => Promise<Outcome>;
    }
  /** Help or version, to be printed as it is. */
  | { readonly kind: "text"; readonly text: string };

/**
 * Understand a command line, without doing anything yet.
 *
 * @param argv what follows the program's name
 * @throws CliError USAGE and others
 */
export function parseCall(commands: readonly BoundCommand[], argv: readonly string[], version: string): Call {
  const calls: Call[] = [];
  const output: string[] = [];
  const program = group("indicia", "keyed signatures for ONNX models, and evidence of their theft")
    .version(version)
    // After a command, --version is that command's own.
    .enablePositionalOptions();
  for (const bound of commands) {
    const words = bound.spec.name.split(" ");
    const parent = words
      .slice(0, -1)
      .reduce((above, _, i) => subgroup(above, words.slice(0, i + 1)), program);
    parent.addCommand(leaf(words.at(-1) ?? "", bound, (call) => calls.push(call)));
  }
  tame(program, (text) => output.push(text));
  try {
    program.parse(argv, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Help that was asked for ends with 0; help in place of a missing command does not.
    if (error.exitCode === 0) return { kind: "text", text: output.join("") };
    throw usageOf(error);
  }
  const [call] = calls;
  if (call === undefined) throw usage("a command is missing");
  return call;
}

function leaf(name: string, { spec, prepare }: BoundCommand, found: (call: Call) => void): Command {
  const command = spec
    .declare(new Command(name))
    .description(spec.summary)
    .option("--json", "print one JSON object on stdout")
    .option("--quiet", "no prose, no progress bars")
    .addHelpText("after", `\nExample:\n  $ ${spec.example}`);
  return command.action(() => {
    const flags: Flags = command.opts();
    const job = prepare(command.args, flags);
    found({ kind: "run", json: isSet(flags, "json"), quiet: isSet(flags, "quiet"), job });
  });
}

function group(name: string, summary: string): Command {
  return new Command(name).description(summary).helpCommand(false);
}

const GROUPS: Readonly<Record<string, string>> = {
  key: "owner keys",
  customers: "the register of customers",
  evidence: "evidence files",
  secret: "the register of trade secrets",
  terms: "versions of the terms that customers accept",
  "gateway key": "keys that clients of a gateway show",
};

/** @param path words of the group, the last of which is its name */
function subgroup(parent: Command, path: readonly string[]): Command {
  const name = path.at(-1) ?? "";
  const existing = parent.commands.find((command) => command.name() === name);
  if (existing !== undefined) return existing;
  const added = group(name, GROUPS[path.join(" ")] ?? name);
  parent.addCommand(added);
  return added;
}

/** Commander neither ends the process nor prints errors: both are ours to do. */
function tame(command: Command, write: (text: string) => void): void {
  command.exitOverride().configureOutput({ writeOut: write, writeErr: () => undefined });
  for (const child of command.commands) tame(child, write);
}

function usageOf(error: CommanderError): Error {
  if (error.code === "commander.help") return usage("a command is missing");
  return usage(error.message.replace(/^error: /, ""));
}
