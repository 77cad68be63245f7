import type { CommandSpec } from "../command.js";
import { optionalText, text } from "../flags.js";
import type { TermsAddOptions, TermsListOptions } from "@indicia/operations/options";
import { declareAuthorities, declareNetwork, readAuthorities } from "../tsa-flags.js";
import { KEY_OPTION, keySource, PASSPHRASE_ENV_HELP, PASSPHRASE_ENV_OPTION } from "../values.js";

export const termsAdd: CommandSpec<TermsAddOptions> = {
  name: "terms add",
  summary: "sign a version of the terms that customers of a gateway accept",
  example:
    "indicia terms add terms.md --version 2026-11 --effective 2026-11-01 --registration registration --key owner.key",
  declare: (command) =>
    declareNetwork(declareAuthorities(command, "the versions as they then stand"))
      .argument("<text>", "the terms, UTF-8")
      .requiredOption("--version <name>", "name of this version, which no other has")
      .option("--effective <day>", "first day on which it is in force (default: today, UTC)")
      .requiredOption("--registration <folder>", "the registration that it belongs to")
      .requiredOption(KEY_OPTION, "owner key")
      .option(PASSPHRASE_ENV_OPTION, PASSPHRASE_ENV_HELP),
  read: ([file = ""], flags) => ({
    registration: text(flags, "registration"),
    key: keySource(flags),
    text: file,
    version: text(flags, "version"),
    effective: optionalText(flags, "effective"),
    dating: readAuthorities(flags),
  }),
};

export const termsList: CommandSpec<TermsListOptions> = {
  name: "terms list",
  summary: "show the versions of the terms, and which is in force",
  example: "indicia terms list --registration registration",
  declare: (command) =>
    command.requiredOption("--registration <folder>", "the registration that they belong to"),
  read: (_, flags) => ({ registration: text(flags, "registration") }),
};
