import type { CommandSpec } from "../command.js";
import { moment } from "../moment.js";
import { collect, text, texts } from "../flags.js";
import type {
  SecretExportOptions,
  SecretListOptions,
  SecretVerifyOptions,
} from "@indicia/operations/options";

const REGISTRATION = ["--registration <folder>", "the registration that it belongs to"] as const;
const AT = [
  "--at <time>",
  "as it stood at the end of a day (2026-11-30) or at a time (default: now)",
] as const;

export const secretList: CommandSpec<SecretListOptions> = {
  name: "secret list",
  summary: "show the register of trade secrets: what, who has access, which measures are in force",
  example: "indicia secret list --registration registration --at 2026-11-30",
  declare: (command) => command.requiredOption(...REGISTRATION).option(...AT),
  read: (_, flags) => ({ registration: text(flags, "registration"), at: moment(flags, "at", "end") }),
};

export const secretVerify: CommandSpec<SecretVerifyOptions> = {
  name: "secret verify",
  summary: "check chain, signatures, owner and timestamps of the register of trade secrets",
  example: "indicia secret verify --registration registration --tsa-ca root.pem",
  declare: (command) =>
    command
      .requiredOption(...REGISTRATION)
      .option(
        "--tsa-ca <pem>",
        "root for timestamps in place of those that were kept; may be repeated",
        collect,
      ),
  read: (_, flags) => ({ registration: text(flags, "registration"), timestampRoots: texts(flags, "tsaCa") }),
};

export const secretExport: CommandSpec<SecretExportOptions> = {
  name: "secret export",
  summary: "write the register of trade secrets as a PDF, with hashes and timestamps",
  example: "indicia secret export --registration registration --at 2026-11-30 --out secrets.pdf",
  declare: (command) =>
    command
      .requiredOption(...REGISTRATION)
      .requiredOption("--out <file>", "PDF to write")
      .option(...AT),
  read: (_, flags) => ({
    registration: text(flags, "registration"),
    at: moment(flags, "at", "end"),
    out: text(flags, "out"),
  }),
};
