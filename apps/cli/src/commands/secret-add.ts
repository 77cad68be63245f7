import type { CommandSpec } from "../command.js";
import { optionalText, text, usage } from "../flags.js";
import type { SecretAddOptions } from "@indicia/operations/options";
import { declareEntry, entryOf, refuseEntry } from "../secret-flags.js";
import { declareAuthorities, declareNetwork, readAuthorities } from "../tsa-flags.js";
import { KEY_OPTION, keySource, PASSPHRASE_ENV_HELP, PASSPHRASE_ENV_OPTION } from "../values.js";

const MORE = `
The first entry is a secret, as in the example below. Others are about it:
  $ indicia secret add access-granted --who Auditor --kind role --purpose audit --agreement NDA-14 \\
      --since 2026-11-01 --registration registration --key owner.key

With --file, one entry or a list of them, as YAML or JSON:

  - type: secret
    id: weights
    name: Weights of the classifier
    description: What was learned from our own collection of files.
    holder: Example Ltd
    title: made by its own staff
    notKnown: Neither weights nor training data were ever given out.
    since: 2025-06-01
    value: {amount: 250000, currency: EUR, on: 2026-01-31,
            method: cost of making it again, becauseSecret: a rival need not collect the data}
  - {type: access-granted, who: Ada Lovelace, kind: person, purpose: evaluation,
     agreement: NDA 2026-014, since: 2026-01-01}
  - {type: measure-added, kind: technical, description: Encrypted at rest., since: 2025-06-01}
  - {type: review, by: Security officer, on: 2026-11-01, found: Nothing to object to.}
  - {type: correction, of: 2, why: The name was misspelt., entry: {the entry as it should have been}}

Without an entry, --tsa alone has the register dated as it stands.`;

export const secretAdd: CommandSpec<SecretAddOptions> = {
  name: "secret add",
  summary: "sign an entry and add it to the register of trade secrets, which is begun where it is not there",
  example:
    'indicia secret add secret --id weights --name "Weights of the classifier" --description "Learned from our own files" ' +
    '--holder "Example Ltd" --title "made by its own staff" --not-known "Neither weights nor data were given out" ' +
    "--since 2025-06-01 --registration registration --key owner.key",
  declare: (command) =>
    declareNetwork(declareAuthorities(declareEntry(command), "the register as it then stands"))
      .argument(
        "[type]",
        "secret, access-granted, access-revoked, measure-added, measure-ended, review or correction",
      )
      .requiredOption("--registration <folder>", "the registration that it belongs to")
      .requiredOption(KEY_OPTION, "owner key")
      .option(PASSPHRASE_ENV_OPTION, PASSPHRASE_ENV_HELP)
      .option("--file <file>", "read entries from a .yaml or .json file")
      .addHelpText("after", MORE),
  read([type], flags) {
    const file = optionalText(flags, "file");
    const dating = readAuthorities(flags);
    if (type !== undefined && file !== null) throw usage("a type and --file exclude one another");
    if (type === undefined) refuseEntry(flags, "needs the type of the entry before it");
    if (type === undefined && file === null && dating.authorities.length === 0)
      throw usage("there is nothing to add: give a type, or --file, or --tsa");
    return {
      registration: text(flags, "registration"),
      key: keySource(flags),
      entries: file ?? (type === undefined ? [] : [entryOf(type, flags)]),
      dating,
    };
  },
};
