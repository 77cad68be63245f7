import type { CommandSpec } from "../command.js";
import { isSet, text, usage } from "../flags.js";
import type { KeyNewOptions } from "@indicia/operations/options";
import { environmentName } from "../values.js";

export const keyNew: CommandSpec<KeyNewOptions> = {
  name: "key new",
  summary: "make an owner key of 32 random bytes",
  example: "indicia key new --out owner.key",
  declare: (command) =>
    command
      .requiredOption("--out <file>", "key file to make, mode 0600; never overwritten")
      .option("--passphrase", "ask for a passphrase and encrypt the key with it (age)")
      .option("--passphrase-env <name>", "encrypt the key with the passphrase in an environment variable"),
  read(_args, flags) {
    const environment = environmentName(flags);
    const ask = isSet(flags, "passphrase");
    if (ask && environment !== null) throw usage("--passphrase and --passphrase-env exclude one another");
    return {
      out: text(flags, "out"),
      passphrase: environment === null ? (ask ? "ask" : "none") : { environment },
    };
  },
};
