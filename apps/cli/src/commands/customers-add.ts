import type { CommandSpec } from "../command.js";
import { collect, optionalText, text, texts, usage } from "../flags.js";
import type { CustomersAddOptions } from "@indicia/operations/options";
import { BEACON_HELP, BEACON_OPTION } from "../plan-flags.js";
import { customerId, KEY_OPTION, keySource, PASSPHRASE_ENV_HELP, PASSPHRASE_ENV_OPTION } from "../values.js";

export const customersAdd: CommandSpec<CustomersAddOptions> = {
  name: "customers add",
  summary: "enter customers into the register, before they are served",
  example:
    "indicia customers add alice bob --registration registration --key owner.key --customers customers.jsonl",
  declare: (command) =>
    command
      .argument("<ids...>", "ids of the customers: letters, digits and . _ @ + -")
      .requiredOption("--registration <folder>", "the registration that it belongs to")
      .requiredOption(KEY_OPTION, "owner key")
      .option(PASSPHRASE_ENV_OPTION, PASSPHRASE_ENV_HELP)
      .option(BEACON_OPTION, BEACON_HELP, collect)
      .requiredOption("--customers <file>", "the register; begun where it is not there")
      .option("--signer <hex>", "Ed25519 public key with which the one customer signs batches of queries"),
  read(ids, flags) {
    const signer = optionalText(flags, "signer");
    if (signer !== null && !/^[0-9a-f]{64}$/.test(signer))
      throw usage("--signer takes an Ed25519 public key of 64 lower-case hex digits");
    if (signer !== null && ids.length > 1) throw usage("--signer is for one customer at a time");
    const named = ids.map(customerId);
    if (new Set(named).size < named.length) throw usage("a customer is named twice");
    return {
      registration: text(flags, "registration"),
      key: keySource(flags),
      rounds: texts(flags, "beacon"),
      customers: text(flags, "customers"),
      ids: named,
      signer,
    };
  },
};
