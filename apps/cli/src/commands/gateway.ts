import type { CommandSpec } from "../command.js";
import { text } from "../flags.js";
import type { GatewayCall } from "../jobs/options.js";

export const gateway: CommandSpec<GatewayCall> = {
  name: "gateway",
  summary: "serve models as a configuration says, until it is told to end",
  example: "indicia gateway --config gateway.yaml",
  declare: (command) =>
    // What follows a command of the gateway's own is that command's.
    command
      .enablePositionalOptions()
      .option("--config <file>", "YAML: models, access, terms, limits, marks, operations"),
  read: (_, flags) => ({ args: ["--config", text(flags, "config")] }),
};

export const gatewayCheck: CommandSpec<GatewayCall> = {
  name: "gateway check",
  summary: "open everything that a gateway's configuration names, without serving it",
  example: "indicia gateway check --config gateway.yaml",
  declare: (command) => command.requiredOption("--config <file>", "YAML, as for `gateway`"),
  read: (_, flags) => ({ args: ["check", "--config", text(flags, "config")] }),
};
