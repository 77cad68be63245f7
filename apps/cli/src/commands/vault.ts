import type { CommandSpec } from "../command.js";
import { text, usage } from "../flags.js";
import type {
  VaultListOptions,
  VaultRotateOptions,
  VaultWithdrawOptions,
} from "@indicia/operations/vault-options";
import { customerId } from "../values.js";
import { declareLock, declareSecret, readLock, readVaultSecret, VAULT_OPTION } from "../vault-flags.js";

export const vaultList: CommandSpec<VaultListOptions> = {
  name: "vault list",
  summary:
    "show the models of a vault, with whom copies lie there for: sizes, hashes, signatures, recipients",
  example: "indicia vault list --vault vault",
  declare: (command) => command.requiredOption(...VAULT_OPTION),
  read: (_, flags) => ({ vault: text(flags, "vault") }),
};

export const vaultAudit: CommandSpec<VaultListOptions> = {
  name: "vault audit",
  summary: "verify the audit log of a vault and show who added, opened, got, fetched and rotated what",
  example: "indicia vault audit --vault vault",
  declare: (command) => command.requiredOption(...VAULT_OPTION),
  read: (_, flags) => ({ vault: text(flags, "vault") }),
};

export const vaultWithdraw: CommandSpec<VaultWithdrawOptions> = {
  name: "vault withdraw",
  summary: "take back a copy that lies in a vault for a customer to fetch",
  example: "indicia vault withdraw model --vault vault --to ACME",
  declare: (command) =>
    command
      .argument("<name>", "name of the model")
      .requiredOption(...VAULT_OPTION)
      .requiredOption("--to <id>", "the customer"),
  read: ([name = ""], flags) => ({ vault: text(flags, "vault"), name, to: customerId(text(flags, "to")) }),
};

export const vaultRotate: CommandSpec<VaultRotateOptions> = {
  name: "vault rotate",
  summary: "encrypt every model of a vault anew, to other recipients; goes on where it was interrupted",
  example:
    "indicia vault rotate --vault vault --identity old.txt " +
    "--recipient age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p",
  declare: (command) =>
    declareLock(declareSecret(command.requiredOption(...VAULT_OPTION)), "--new-passphrase"),
  read(_, flags) {
    const lock = readLock(flags, "newPassphrase");
    if (lock === null) throw usage("give --recipient or --new-passphrase");
    return { vault: text(flags, "vault"), secret: readVaultSecret(flags), lock };
  },
};
