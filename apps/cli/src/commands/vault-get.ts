import { MAX_PAYLOAD_BYTES } from "@indicia/operations/defaults";
import type { CommandSpec } from "../command.js";
import { collect, type Flags, isSet, number, optionalText, refuse, text, texts, usage } from "../flags.js";
import type { MarkOptions } from "@indicia/operations/options";
import type { CopyMark, VaultDeposit, VaultFile, VaultGetOptions } from "@indicia/operations/vault-options";
import { moment } from "../moment.js";
import {
  customerId,
  KEY_OPTION,
  keySource,
  PASSPHRASE_ENV_HELP,
  PASSPHRASE_ENV_OPTION,
  payload,
} from "../values.js";
import { BEACON_HELP, BEACON_OPTION } from "../plan-flags.js";
import { declareSecret, readVaultSecret, VAULT_OPTION } from "../vault-flags.js";

export const vaultGet: CommandSpec<VaultGetOptions> = {
  name: "vault get",
  summary: "hand out a model of a vault; that somebody gets it is logged before a byte is decrypted",
  example:
    "indicia vault get model --vault vault --identity key.txt --to ACME --out acme.onnx " +
    "--registration registration --key owner.key",
  declare: (command) =>
    declareSecret(command.argument("<name>", "name of the model").requiredOption(...VAULT_OPTION))
      .requiredOption("--to <name>", "who is given it, for the log; of a marked copy also its payload")
      .option("--out <file>", ".onnx file to write; external data go beside it")
      .option(
        "--deposit",
        "lay the marked copy into the vault, for the customer --to to fetch from a gateway",
      )
      .option("--expires <date>", "of a deposit: from when on nobody gets it; a day ends as it begins, UTC")
      .option("--encrypt-to <recipient>", "encrypt what is handed out to this age recipient, as FILE.age")
      .option("--signer-key <pem>", "P-256 public key that has to have signed the model")
      .option("--registration <folder>", "mark the copy under this registration (with --key)")
      .option(KEY_OPTION, "owner key, for the mark")
      .option(PASSPHRASE_ENV_OPTION, PASSPHRASE_ENV_HELP)
      .option(BEACON_OPTION, BEACON_HELP, collect)
      .option("--payload <text>", "payload of at most 32 bytes in place of --to")
      .option("--customer <id>", "make it this customer's copy, with his own read-out mark")
      .option("--customers <file>", "register that has the customer")
      .option("--label-budget <share>", "largest share of labels that the mark may change (default 0.005)"),
  read([name = ""], flags) {
    const to = text(flags, "to");
    return {
      vault: text(flags, "vault"),
      name,
      secret: readVaultSecret(flags),
      to,
      signerKey: optionalText(flags, "signerKey"),
      target: isSet(flags, "deposit") ? readDeposit(flags, to) : readFile(flags, to),
    };
  },
};

function readFile(flags: Flags, to: string): VaultFile {
  refuse(flags, ["expires"], "belongs to --deposit");
  if (optionalText(flags, "out") === null) throw usage("give --out or --deposit");
  const encryptTo = optionalText(flags, "encryptTo");
  return { kind: "file", out: text(flags, "out"), encryptTo, mark: readMark(flags, to) };
}

/** Whoever fetches a copy is known by its mark, and nobody else can open it. */
function readDeposit(flags: Flags, to: string): VaultDeposit {
  refuse(flags, ["out"], "makes no sense beside --deposit");
  customerId(to);
  const encryptTo = optionalText(flags, "encryptTo");
  if (encryptTo === null) throw usage("--deposit takes --encrypt-to, the age recipient of the customer");
  const mark = readMark(flags, to);
  if (mark === null) throw usage("--deposit lays down a marked copy, which takes --registration and --key");
  return { kind: "deposit", encryptTo, expires: moment(flags, "expires", "begin"), mark };
}

function readMark(flags: Flags, to: string): CopyMark | null {
  const registration = optionalText(flags, "registration");
  if (registration === null) {
    const marking = ["key", "passphraseEnv", "beacon", "payload", "customer", "customers", "labelBudget"];
    refuse(flags, marking, "marks the copy, which takes --registration");
    return null;
  }
  if (optionalText(flags, "key") === null) throw usage("--registration marks the copy, which takes --key");
  const text32 = payload(flags) ?? to;
  if (Buffer.byteLength(text32) > MAX_PAYLOAD_BYTES)
    throw usage(`--to is longer than the ${MAX_PAYLOAD_BYTES} bytes of a payload; give a shorter --payload`);
  return {
    registration,
    key: keySource(flags),
    rounds: texts(flags, "beacon"),
    weights: "auto",
    readout: "auto",
    labelBudget:
      optionalText(flags, "labelBudget") === null
        ? 0.005
        : number(flags, "labelBudget", { least: 0, includesLeast: false, most: 1 }),
    payload: text32,
    customer: customerOf(flags),
  };
}

function customerOf(flags: Flags): MarkOptions["customer"] {
  const id = optionalText(flags, "customer");
  const register = optionalText(flags, "customers");
  if (id === null && register === null) return null;
  if (id === null || register === null) throw usage("--customer and --customers go together");
  return { id: customerId(id), register };
}
