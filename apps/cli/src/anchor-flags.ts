import { DRAND_CHAINS } from "@indicia/evidence/beacon-drand";
import type { Command } from "commander";
import { collect, type Flags, flag, isSet, optionalText, texts, usage } from "./flags.js";
import type { AnchorOptions } from "./jobs/options.js";

const BEACONS = Object.keys(DRAND_CHAINS).join(", ");

/**
 * Options of commands that make something that others are to date.
 *
 * @param words what is dated, and what the beacon is for
 */
export function declareAnchor(
  command: Command,
  words: { readonly dated: string; readonly beacon: string },
): Command {
  return command
    .option("--tsa <url>", `RFC 3161 authority that dates the ${words.dated}; may be repeated`, collect)
    .option("--qualified-tsa <url>", "the same, an authority that you know to be qualified", collect)
    .option("--tsa-ca <pem>", "root to which the authorities lead; may be repeated", collect)
    .option("--tsa-policy <oid>", "policy to ask the authorities for")
    .option("--beacon <chain>", `${words.beacon} by a later round: ${BEACONS}, or a chain's description`);
}

/** @throws CliError USAGE */
export function readAnchor(flags: Flags): AnchorOptions {
  const authorities = [...authoritiesOf(flags, "tsa", false), ...authoritiesOf(flags, "qualifiedTsa", true)];
  const roots = texts(flags, "tsaCa");
  const policy = optionalText(flags, "tsaPolicy");
  if (authorities.length === 0 && (roots.length > 0 || policy !== null))
    throw usage("--tsa-ca and --tsa-policy belong to --tsa, which is missing");
  if (policy !== null && !/^[0-2](\.\d{1,12}){1,30}$/.test(policy))
    throw usage("--tsa-policy takes an object identifier such as 1.2.3.4");
  const beacon = optionalText(flags, "beacon");
  return { authorities, roots, policy, beacon, allowPrivate: isSet(flags, "allowPrivate") };
}

function authoritiesOf(flags: Flags, name: string, qualified: boolean): AnchorOptions["authorities"] {
  return texts(flags, name).map((given) => {
    const url = URL.canParse(given) ? new URL(given) : null;
    if (url === null || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "")
      throw usage(`${flag(name)} takes an http(s) address without a password`);
    return { url, qualified };
  });
}
