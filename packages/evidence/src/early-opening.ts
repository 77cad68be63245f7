import type { DossierParts } from "./dossier-parts.js";
import { begunAs, isLineOf, OPENED_LINE } from "./observation-places.js";

/**
 * When the key was first tried on an observation that was not finished yet: the time of the line that counts it at its
 * first early look, RFC 3339; null where the key was opened on the whole and on nothing before.
 */
export function earlyOpening({
  observation: { file, seal },
  registrationChain,
}: Pick<DossierParts, "observation" | "registrationChain">): string | null {
  const begun = begunAs(file);
  const line = registrationChain.find((each) => each.type === OPENED_LINE && isLineOf(each, begun, seal));
  return line?.time ?? null;
}
