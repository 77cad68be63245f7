import path from "node:path";
import type { CommandSpec } from "../command.js";
import { type Flags, optionalText, refuse, text, usage } from "../flags.js";
import type { VaultAddOptions } from "@indicia/operations/vault-options";
import { KEY_OPTION, keySource, PASSPHRASE_ENV_HELP, PASSPHRASE_ENV_OPTION } from "../values.js";
import { declareLock, readLock, VAULT_OPTION } from "../vault-flags.js";

export const vaultAdd: CommandSpec<VaultAddOptions> = {
  name: "vault add",
  summary: "encrypt a model, with its external data, into a vault; the first one makes the vault",
  example:
    "indicia vault add marked.onnx --vault vault --key owner.key " +
    "--recipient age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p",
  declare: (command) =>
    declareLock(
      command
        .argument("<model>", ".onnx file; it stays where it is")
        .requiredOption(...VAULT_OPTION)
        .option("--name <name>", "name in the vault (default: of the file, without .onnx)"),
      "--vault-passphrase",
    )
      .option("--signature <file>", "OpenSSF signature of the model, such as `indicia mark` writes")
      .option("--signer-key <pem>", "P-256 public key that the signature was made with")
      .option(KEY_OPTION, "owner key, to sign every file of the model now")
      .option(PASSPHRASE_ENV_OPTION, PASSPHRASE_ENV_HELP),
  read([model = ""], flags) {
    return {
      vault: text(flags, "vault"),
      model,
      name: optionalText(flags, "name") ?? path.basename(model).replace(/\.onnx$/i, ""),
      lock: readLock(flags, "vaultPassphrase"),
      signing: readSigning(flags),
    };
  },
};

function readSigning(flags: Flags): VaultAddOptions["signing"] {
  const signature = optionalText(flags, "signature");
  const signerKey = optionalText(flags, "signerKey");
  if (optionalText(flags, "key") !== null) {
    refuse(flags, ["signature", "signerKey"], "makes no sense beside --key, which signs");
    return { kind: "sign", key: keySource(flags) };
  }
  refuse(flags, ["passphraseEnv"], "belongs to --key");
  if (signature === null && signerKey === null) return null;
  if (signature === null || signerKey === null) throw usage("--signature and --signer-key go together");
  return { kind: "given", signature, signerKey };
}
