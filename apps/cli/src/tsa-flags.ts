import type { Command } from "commander";
import { collect, type Flags, flag, isSet, optionalText, texts, usage } from "./flags.js";
import type { AuthorityOptions } from "@indicia/operations/options";

/** Options of commands that have something dated by outside authorities. */
export function declareAuthorities(command: Command, what: string): Command {
  return command
    .option("--tsa <url>", `RFC 3161 authority that dates ${what}; may be repeated`, collect)
    .option("--qualified-tsa <url>", "the same, an authority that you know to be qualified", collect)
    .option("--tsa-ca <pem>", "root to which the authorities lead; may be repeated", collect)
    .option("--tsa-policy <oid>", "policy to ask the authorities for");
}

/** The option of commands that ask authorities and no suspect, whose options have it already. */
export function declareNetwork(command: Command): Command {
  return command.option("--allow-private", "allow authorities in your own network");
}

/** @throws CliError USAGE */
export function readAuthorities(flags: Flags): AuthorityOptions {
  const authorities = [...authoritiesOf(flags, "tsa", false), ...authoritiesOf(flags, "qualifiedTsa", true)];
  const roots = texts(flags, "tsaCa");
  const policy = optionalText(flags, "tsaPolicy");
  if (authorities.length === 0 && (roots.length > 0 || policy !== null))
    throw usage("--tsa-ca and --tsa-policy belong to --tsa, which is missing");
  if (policy !== null && !/^[0-2](\.\d{1,12}){1,30}$/.test(policy))
    throw usage("--tsa-policy takes an object identifier such as 1.2.3.4");
  return { authorities, roots, policy, allowPrivate: isSet(flags, "allowPrivate") };
}

function authoritiesOf(flags: Flags, name: string, qualified: boolean): AuthorityOptions["authorities"] {
  return texts(flags, name).map((given) => {
    const url = URL.canParse(given) ? new URL(given) : null;
    if (url === null || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "")
      throw usage(`${flag(name)} takes an http(s) address without a password`);
    return { url, qualified };
  });
}
