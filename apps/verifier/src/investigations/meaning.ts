import type { ConclusionFile } from "@indicia/evidence/conclusion-format";
import { nothingToTest } from "@indicia/evidence/silent-decoys";

/** What a conclusion means and does not mean, in words for whoever is no statistician; one paragraph each. */
export function meaningOf(conclusion: ConclusionFile): string[] {
  const { verdict, standing, standingReasons, controls } = conclusion;
  return [
    ...(verdict === "match" ? matchWords(conclusion) : inconclusiveWords(conclusion)),
    nothingToTest(controls)
      ? "There was nothing to hold decoy keys against."
      : `As a check of the arithmetic the same was computed with ${controls.decoyKeys} keys that mark nothing; ` +
        `the largest T that any of them reached is ${controls.decoyMaxT.toFixed(1)}.`,
    standing === "anchored"
      ? "That the key was fixed before the suspect was looked at can be shown by outside clocks."
      : `That everything happened in the right order rests on the word of whoever ran this: ${standingReasons.join("; ")}. ` +
        "Whoever doubts that word need not accept the figure.",
  ];
}

function matchWords({ log10P, level, witnesses }: ConclusionFile): string[] {
  const [best] = witnesses;
  return [
    `The suspect agrees with the secret pattern of this key more than chance explains: had it nothing to do with the ` +
      `key, such an agreement would come about in at most ${chance(log10P)} of such examinations, ` +
      `where ${level} was the limit that had been set before.`,
    ...(best === undefined
      ? []
      : [
          `The strongest sign is in ${best.mark === "weights" ? "its weights" : "what it answers"}: the measure of ` +
            `agreement, T, is ${best.T.toFixed(1)}, where keys that have nothing to do with it stay near 0 and hardly pass 4.`,
        ]),
    "It means that the suspect is not independent of what was marked with this key. It does not say who copied what, " +
      "when, or whether that was allowed: somebody with a licence, or who learned from answers that he was free to use, " +
      "is not independent of it either.",
    "The figure is not the probability that somebody is innocent.",
  ];
}

function inconclusiveWords({ log10P, level, queries, lostQueries }: ConclusionFile): string[] {
  const strength =
    log10P < 0
      ? `Chance alone brings about as much agreement in up to ${chance(log10P)} of such examinations, which is not below the limit of ${level}.`
      : "There is no more agreement than chance brings about.";
  return [
    `The suspect does not agree with the secret pattern of this key so much that chance could be ruled out. ${strength}`,
    "It does not mean that the suspect is innocent: a mark may have been too weak for so few queries, taken out by " +
      "training, or hidden by rounded or withheld answers. Nor does it mean that anything is suspicious.",
    ...(lostQueries > 0
      ? [`${lostQueries} of ${queries} rows got no answer, which counts against the claim.`]
      : []),
  ];
}

/** Such as "one in a thousand", without more digits than it is worth. */
function chance(log10P: number): string {
  if (log10P > -1) return `${Math.round(100 * 10 ** log10P)} %`;
  const digits = Math.floor(-log10P);
  return digits <= 6
    ? `one in ${(10 ** digits).toLocaleString("en-GB")}`
    : `one in a number with ${digits + 1} digits`;
}
