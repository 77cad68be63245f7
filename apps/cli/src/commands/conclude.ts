import type { CommandSpec } from "../command.js";
import { collect, optionalText, text, texts } from "../flags.js";
import type { ConcludeOptions } from "@indicia/operations/options";
import { declareAccount, readAccount } from "../logged-flags.js";
import { BEACON_HELP, BEACON_OPTION } from "../plan-flags.js";
import { KEY_OPTION, keySource, level, PASSPHRASE_ENV_HELP, PASSPHRASE_ENV_OPTION } from "../values.js";

export const conclude: CommandSpec<ConcludeOptions> = {
  name: "conclude",
  summary: "say what the key says about a sealed observation",
  example: "indicia conclude observation --registration registration --key owner.key --out evidence.zip",
  declare: (command) =>
    declareAccount(command)
      .argument("<observation>", "folder that observe made")
      .requiredOption("--registration <folder>", "the registration it was made under")
      .requiredOption(KEY_OPTION, "owner key")
      .option(PASSPHRASE_ENV_OPTION, PASSPHRASE_ENV_HELP)
      .option(BEACON_OPTION, BEACON_HELP, collect)
      .option("--level <p>", "level of the verdict (default: as registered)")
      .option("--out <file>", "evidence to write"),
  read: ([observation = ""], flags) => ({
    observation,
    registration: text(flags, "registration"),
    key: keySource(flags),
    rounds: texts(flags, "beacon"),
    level: level(flags),
    logged: readAccount(flags),
    out: optionalText(flags, "out"),
  }),
};
