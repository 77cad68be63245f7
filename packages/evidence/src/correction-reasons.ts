/** Why each correction is due, by its name in a conclusion. */
const REASONS: Readonly<Record<string, string>> = {
  "statistics tried":
    "The best of several statistics is reported, so p is multiplied by how many were tried.",
  look: "The key was tried at growing numbers of probes; the j-th look pays j (j + 1), so that any number of looks is paid for.",
  "observations under this registration":
    "Every observation that was ever counted under the registration pays for its place j with j (j + 1), whoever was suspected.",
  "unanswered probes":
    "Whoever could lose answers could choose which; every choice of so many among all is paid for.",
  "payload decoded from the suspect":
    "The text was read from the suspect and not committed to before, so all 2^256 texts are paid for.",
};

/** In words, why a p-value pays for a correction of this name. */
export function correctionReason(name: string): string {
  return REASONS[name] ?? "Whatever was tried and not reported multiplies p by the number of trials.";
}
