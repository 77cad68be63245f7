import type { CommandSpec } from "../command.js";
import { collect, isSet, optionalText, refuse, text, texts, usage } from "../flags.js";
import type {
  EvidenceDiscloseOptions,
  EvidenceShowOptions,
  EvidenceVerifyOptions,
} from "@indicia/operations/options";
import { KEY_OPTION, keySource, PASSPHRASE_ENV_HELP, PASSPHRASE_ENV_OPTION } from "../values.js";

export const evidenceVerify: CommandSpec<EvidenceVerifyOptions> = {
  name: "evidence verify",
  summary: "check an evidence file or an excerpt of one offline, and recompute its figures",
  example: "indicia evidence verify evidence.zip --disclosure disclosure.age --identity examiner.txt",
  declare: (command) =>
    command
      .argument("<evidence>", "the .zip file")
      .option("--disclosure <file>", "disclosed sub-key, with which the figures are recomputed")
      .option("--identity <file>", "age identity that opens the disclosure")
      .option("--tsa-ca <pem>", "root of a timestamp authority that you trust; may be repeated", collect)
      .option("--suspect <file>", "suspect's .onnx file, to compute its residual anew")
      .option(
        "--registration <folder>",
        "registration, to choose an endpoint's probes and compute its residuals anew",
      )
      .option("--reference <file>", "registered .onnx file, for either")
      .option(
        "--query-log <folder>",
        "log that a trace asked again, to part its queries anew; with --registration and --reference",
      )
      .option(
        "--query-log-identity <file>",
        "age identities for a log that was encrypted to recipients; the disclosed key of a gateway opens its own",
      ),
  read([evidence = ""], flags) {
    const disclosure = together(flags, "disclosure", "identity");
    const endpoint = optionalText(flags, "registration") !== null;
    if (endpoint && optionalText(flags, "suspect") !== null)
      throw usage("--suspect is for an open file, --registration for an endpoint");
    const models = together(flags, endpoint ? "registration" : "suspect", "reference");
    const queryLog = optionalText(flags, "queryLog");
    if (queryLog !== null && !endpoint) throw usage("--query-log needs --registration and --reference");
    if (queryLog === null) refuse(flags, ["queryLogIdentity"], "needs --query-log");
    return {
      evidence,
      queryLog:
        queryLog === null ? null : { folder: queryLog, identity: optionalText(flags, "queryLogIdentity") },
      disclosure: disclosure === null ? null : { file: disclosure[0], identity: disclosure[1] },
      timestampRoots: texts(flags, "tsaCa"),
      models:
        models === null
          ? null
          : endpoint
            ? { registration: models[0], reference: models[1] }
            : { suspect: models[0], reference: models[1] },
    };
  },
};

export const evidenceShow: CommandSpec<EvidenceShowOptions> = {
  name: "evidence show",
  summary: "show what an evidence file claims, unchecked",
  example: "indicia evidence show evidence.zip",
  declare: (command) => command.argument("<evidence>", "the .zip file"),
  read: ([evidence = ""]) => ({ evidence }),
};

export const evidenceDisclose: CommandSpec<EvidenceDiscloseOptions> = {
  name: "evidence disclose",
  summary: "encrypt the sub-key that an evidence file used, never the owner key, to one recipient",
  example:
    "indicia evidence disclose evidence.zip --key owner.key " +
    "--recipient age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p --out disclosure.age",
  declare: (command) =>
    command
      .argument("<evidence>", "the .zip file")
      .requiredOption(KEY_OPTION, "owner key")
      .option(PASSPHRASE_ENV_OPTION, PASSPHRASE_ENV_HELP)
      .requiredOption("--recipient <recipient>", "age recipient (age1...) who may open it")
      .requiredOption("--out <file>", "disclosure to write")
      .option("--yes", "disclose without being asked once more; needed where there is no terminal")
      .addHelpText(
        "after",
        "\nA sub-key is disclosed for good: from then on its mark counts only against suspects whose hash or transcript\n" +
          "was timestamped before. Have those that matter dated first; the other sub-keys keep their worth.",
      ),
  read([evidence = ""], flags) {
    const recipient = text(flags, "recipient");
    // The characters of Bech32 (BIP 173); age itself checks the rest.
    if (!/^age1[02-9ac-hj-np-z]+$/.test(recipient))
      throw usage("--recipient takes an age recipient, which begins with age1");
    return { evidence, key: keySource(flags), recipient, out: text(flags, "out"), yes: isSet(flags, "yes") };
  },
};

/** Two options of which neither means anything alone. */
function together(
  flags: Readonly<Record<string, unknown>>,
  first: string,
  second: string,
): readonly [string, string] | null {
  const values = [optionalText(flags, first), optionalText(flags, second)] as const;
  const [one, other] = values;
  if (one !== null && other !== null) return [one, other];
  if (one === null && other === null) return null;
  throw usage(`--${first} and --${second} go together`);
}
