import type { DossierParts } from "./dossier-parts.js";

const BLANK = "____________________";

/** A declaration for the person who answers for the examination: nothing is filled in but what it is about. */
export function declarationLines({ registration, observation, conclusion }: DossierParts): string[] {
  return [
    "This is a template. Nobody has signed it, and nothing in it is ticked or filled in beforehand. It is to be completed, changed or refused by the person who answers for the examination.",
    `Examination: ${observation.file.suspect.target}; seal ${observation.seal}; registration ${registration.commitment}; conclusion ${conclusion.sha256}.`,
    `I, ${BLANK} (name), ${BLANK} (position, qualification), declare:`,
    "[  ] I made the observation myself.   [  ] I received it from: " + BLANK,
    "Of the next two, the one that is true; the first is for who observed alone (observe), the second for who examined (examine):",
    "[  ] I had no access to the owner's key, nor to a marked copy, before the observation was sealed.",
    "[  ] I had the owner's key while I observed. I used it in no other way than by the program, which tries it only on residuals that are sealed already, and I chose nothing that was asked by what it said.",
    "[  ] I checked the bundle by VERIFY.md on a machine of my own, with these results: " + BLANK,
    "[  ] I recomputed the statistic with the disclosed sub-key, with this result: T = ____________ , ln p = ____________ .",
    "[  ] I read the limits of the claim and hold them to be complete, except for: " + BLANK,
    "[  ] My interest in the outcome, if any: " + BLANK,
    "I make this declaration to the best of my knowledge, and in the knowledge of what follows from a false one where I make it.",
    `Place, date: ${BLANK}     Signature: ${BLANK}`,
  ];
}

/** declaration.txt: UTF-8, one paragraph a line. */
export function declarationBytes(parts: DossierParts): Uint8Array {
  const lines = ["DECLARATION", ...declarationLines(parts)];
  return new TextEncoder().encode(`${lines.join("\n\n")}\n`);
}
