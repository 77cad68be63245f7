import type { Command } from "commander";
import type { CommandSpec } from "../command.js";
import { collect, handedOn, texts } from "../flags.js";
import type { ProgramCall } from "@indicia/operations/options";

const KEYS: [string, string] = ["--keys <file>", "file of the keys, which holds their hashes alone"];
const EXPIRES: [string, string] = [
  "--expires <date>",
  "last moment, or day on which it ends (default: never)",
];

export const gatewayKeyAdd: CommandSpec<ProgramCall> = {
  name: "gateway key add",
  summary: "make a key for an account of a gateway, and print it once",
  example: "indicia gateway key add --keys keys.jsonl --account ada --scope magika:infer --customer ada",
  declare: (command) =>
    withKeys(command)
      .requiredOption("--account <name>", "whose key it is")
      .requiredOption("--scope <model:action>", "what it allows; may be given several times", collect)
      .option("--organisation <name>", "whose limits it shares")
      .option("--customer <id>", "identifier in the register of customers, for whom answers are marked")
      .option("--config <file>", "YAML of the gateway: the customer has to be in a register that it names")
      .option(...EXPIRES),
  read: (_, flags) => ({
    args: [
      "key",
      "add",
      ...handedOn(flags, ["keys", "account", "organisation", "customer", "expires", "config"]),
      ...texts(flags, "scope").flatMap((scope) => ["--scope", scope]),
    ],
  }),
};

export const gatewayKeyList: CommandSpec<ProgramCall> = {
  name: "gateway key list",
  summary: "show the keys of a gateway, and which are live",
  example: "indicia gateway key list --keys keys.jsonl",
  declare: withKeys,
  read: (_, flags) => ({ args: ["key", "list", ...handedOn(flags, ["keys"])] }),
};

export const gatewayKeyRotate: CommandSpec<ProgramCall> = {
  name: "gateway key rotate",
  summary: "make a key in place of one that ends after an overlap, and print it once",
  example: "indicia gateway key rotate 0123456789ab --keys keys.jsonl --overlap-hours 48",
  declare: (command) =>
    withKeys(command)
      .argument("<id>", "key that ends: its 12 hexadecimal digits")
      .option("--overlap-hours <hours>", "how long both open (default: 24)")
      .option(...EXPIRES),
  read: ([id = ""], flags) => ({
    args: ["key", "rotate", ...handedOn(flags, ["keys", "overlapHours", "expires"]), "--", id],
  }),
};

export const gatewayKeyRevoke: CommandSpec<ProgramCall> = {
  name: "gateway key revoke",
  summary: "end a key of a gateway at once",
  example: "indicia gateway key revoke 0123456789ab --keys keys.jsonl",
  declare: (command) => withKeys(command).argument("<id>", "its 12 hexadecimal digits"),
  read: ([id = ""], flags) => ({ args: ["key", "revoke", ...handedOn(flags, ["keys"]), "--", id] }),
};

function withKeys(command: Command): Command {
  return command.requiredOption(...KEYS);
}
