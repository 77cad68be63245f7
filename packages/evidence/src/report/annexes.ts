import { declarationLines } from "../declaration.js";
import type { Block } from "./blocks.js";
import type { ReportParts } from "./report.js";

/** What stands behind a report: how to check it, its words, and a declaration that nobody has signed. */
export function annexBlocks(parts: ReportParts): Block[] {
  return [...verifyBlocks(parts), ...glossaryBlocks(), ...declarationBlocks(parts)];
}

function verifyBlocks({ registration, observation, conclusion }: ReportParts): Block[] {
  return [
    { kind: "heading", text: "Annex A. How to check this report", newPage: true },
    {
      kind: "paragraph",
      text:
        "The bundle that this report lies in holds everything it was made from. VERIFY.md lists the commands; none of them " +
        "needs a program of whoever made the bundle. In short:",
    },
    {
      kind: "list",
      items: [
        "unzip the bundle; sha256sum gives the hash of every file as manifest.json states it; openssl checks the Ed25519 signature of the manifest and the ECDSA P-256 signature of statement.json.",
        "The hash of registration/registration.json is the registration's commitment, that of observation/observation.json the seal, and both stand in conclusion.json and below.",
        "With the sub-key that the owner discloses to an expert, recompute.mjs, a hundred lines of JavaScript to be read first, recomputes T and ln p from the sealed integers.",
        "indicia evidence verify does all of this and more, and says of each check what it found.",
      ],
    },
    {
      kind: "facts",
      rows: [
        ["Registration", registration.commitment],
        ["Seal", observation.seal],
        ["Conclusion", conclusion.sha256],
      ],
    },
  ];
}

function glossaryBlocks(): Block[] {
  return [
    { kind: "heading", text: "Annex B. Words" },
    {
      kind: "facts",
      rows: [
        ["reference", "the owner's unmarked model, fixed by its hash before any pattern existed"],
        ["registration", "what was fixed before release; its hash is the commitment"],
        ["observation", "everything that was measured without the key, sealed by its hash"],
        ["residual R", "what the suspect shows less what the reference shows"],
        ["pattern V", "signs that follow from the key and the registration"],
        ["match", "independence from the key is rejected at the level"],
        ["inconclusive", "independence from the key is not rejected; nothing more follows"],
        ["anchored", "the order of registration, plan, observation and key can be shown from outside"],
        ["exploratory", "it cannot, for the reasons given"],
      ],
    },
  ];
}

function declarationBlocks(parts: ReportParts): Block[] {
  return [
    { kind: "heading", text: "Annex C. Declaration (template, not signed)", newPage: true },
    ...declarationLines(parts).map((text): Block => ({ kind: "paragraph", text })),
  ];
}
