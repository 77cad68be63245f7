import { roundTime } from "../beacon.js";
import type { DossierParts } from "../dossier-parts.js";
import { moment } from "./words.js";

/** Rows on what dates a registration and salts its pattern, and that is not its owner's. */
export function anchorFacts({ registration, timestamps }: DossierParts): [name: string, value: string][] {
  const { anchor } = registration.file;
  const dated = timestamps.map(({ time, signer, root }, i): [string, string] => {
    const demand = anchor?.timestamps[i];
    const trust =
      root === null
        ? "no root of trust was registered, so that anybody may have signed it"
        : `its certificate leads to the registered root "${root.subject}"`;
    const status = demand?.qualified === true ? "said" : "not said";
    return [
      "Dated",
      `${moment(time)} by "${signer.subject}" (RFC 3161, ${demand?.authority ?? ""}); ${trust}; ${status} to be a qualified service`,
    ];
  });
  const beacon = anchor?.beacon ?? null;
  return [
    ...(dated.length === 0 ? [["Dated", "by the registrant's own clock alone"] as [string, string]] : dated),
    [
      "Public chance",
      beacon === null
        ? "none: the pattern follows from key and registration alone"
        : `round ${beacon.round} of drand chain ${beacon.chain.slice(0, 16)}, published ${moment(roundTime(beacon).toISOString())}; the pattern follows from it too`,
    ],
  ];
}
