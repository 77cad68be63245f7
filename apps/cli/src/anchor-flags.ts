import { DRAND_CHAINS } from "@indicia/evidence/drand-chains";
import type { Command } from "commander";
import { type Flags, optionalText } from "./flags.js";
import type { AnchorOptions } from "@indicia/operations/options";
import { declareAuthorities, readAuthorities } from "./tsa-flags.js";

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
  return declareAuthorities(command, `the ${words.dated}`).option(
    "--beacon <chain>",
    `${words.beacon} by a later round: ${BEACONS}, or a chain's description`,
  );
}

/** @throws CliError USAGE */
export function readAnchor(flags: Flags): AnchorOptions {
  return { ...readAuthorities(flags), beacon: optionalText(flags, "beacon") };
}
