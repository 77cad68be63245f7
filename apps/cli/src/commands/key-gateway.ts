import type { CommandSpec } from "../command.js";
import { text } from "../flags.js";
import type { KeyGatewayOptions } from "@indicia/operations/options";
import { KEY_OPTION, keySource, PASSPHRASE_ENV_HELP, PASSPHRASE_ENV_OPTION } from "../values.js";

export const keyGateway: CommandSpec<KeyGatewayOptions> = {
  name: "key gateway",
  summary: "export the sub-key with which a gateway marks its answers, never the owner key",
  example: "indicia key gateway --registration registration --key owner.key --out gateway.key",
  declare: (command) =>
    command
      .requiredOption("--registration <folder>", "the registration that commits to it")
      .requiredOption(KEY_OPTION, "owner key")
      .option(PASSPHRASE_ENV_OPTION, PASSPHRASE_ENV_HELP)
      .requiredOption("--out <file>", "key file to make, mode 0600; never overwritten"),
  read: (_args, flags) => ({
    registration: text(flags, "registration"),
    key: keySource(flags),
    out: text(flags, "out"),
  }),
};
