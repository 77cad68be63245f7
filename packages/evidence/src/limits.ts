import type { ObservationFile } from "./observation-format.js";

/**
 * What a conclusion says about its own reach. Whoever holds the key could invent answers, so that is said unless another
 * party observed and signed the seal.
 *
 * @param owner Ed25519 public key of the registration, hex
 */
export function limitsOf({ observer }: Pick<ObservationFile, "observer">, owner: string): string[] {
  const honest =
    observer === undefined || observer.signer === owner
      ? "Conditional on an honest transcript: whoever holds the key could invent answers, unless a neutral party observed."
      : `Observed by "${observer.name}", who signed the seal with the key ${observer.signer}: whose key that is, and that this party has nothing to do with the claimant, is to be shown otherwise.`;
  return [
    "What is rejected is that the suspect was made without knowledge of anything marked under this key; p is not the probability of innocence.",
    "A lawful licensee of the marked model, or one who trained on its lawful answers, is not independent of the key either.",
    honest,
    "Neither title to the reference nor the act of copying is proved. Unregistered attempts cannot be excluded.",
  ];
}

/** What a claim adds where a suspect was asked again on rows that it had not been asked before. */
export function freshWords({ plan }: Pick<ObservationFile, "plan">): string {
  return plan === undefined || plan.fresh === null
    ? ""
    : `, asked again on fresh probes (draw ${plan.draw + 1} of its plan, after the observation ${plan.fresh.slice(0, 16)})`;
}
