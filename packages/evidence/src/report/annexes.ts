import { declarationLines } from "../declaration.js";
import type { Block } from "./blocks.js";
import type { ReportParts } from "./report.js";

/** What stands behind a report: how to check it, its words, and a declaration that nobody has signed. */
export function annexBlocks(parts: ReportParts): Block[] {
  return [...verifyBlocks(parts), ...glossaryBlocks(), ...declarationBlocks(parts)];
}

function verifyBlocks({ registration, observation, conclusion }: ReportParts): Block[] {
  return [
    { kind: "heading", text: "Annex A. How to check this report" },
    {
      kind: "paragraph",
      text:
        "The bundle that this report lies in holds everything it was made from. VERIFY.md lists the commands; none of them " +
        "needs a program of whoever made the bundle. In short:",
    },
    {
      kind: "list",
      items: [
        "unzip the bundle; sha256sum gives the hash of every file as manifest.json states it; openssl checks the Ed25519 signature of the manifest, the ECDSA P-256 signature of statement.json and, where there are any, the timestamps.",
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
        ["reference", "the claimant's unmarked model, fixed by its hash in the registration"],
        ["registration", "what the pattern follows from beside the key; its hash is the commitment"],
        ["observation", "everything that was measured without the key, sealed by its hash"],
        ["residual R", "what the suspect shows less what the reference shows"],
        [
          "pattern V",
          "signs that follow from the key, the registration and, where there is one, its public chance",
        ],
        [
          "weights, readout",
          "marks: the pattern in the weights of a file; in the last layer, and so in the answers",
        ],
        ["log-ratio, difference", "residuals of answers: of logarithms of probabilities; of probabilities"],
        ["label", "residual of answers that are labels alone"],
        ["shadow-...", "the same beyond what students of the unmarked reference, the shadow models, show"],
        ["raw, whitened, clipped", "how the residual was shaped, always without the key"],
        ["pilot, payload", "weights that carry the pattern alone; weights that carry a text in it"],
        ["probe", "an input whose answer is compared; a row is any input that was asked, probe or not"],
        [
          "look",
          "one of several numbers of probes at which the key is tried; early, where it is not the last",
        ],
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
