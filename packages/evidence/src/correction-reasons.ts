/** Why each correction is due, by its name in a conclusion. */
const REASONS: Readonly<Record<string, string>> = {
  "statistics tried":
    "The best of several statistics is reported, so p is multiplied by how many were tried.",
  look: "The key may be tried at growing numbers of probes. Where their end was settled before the first look, the closing look pays 2, the j-th before it 2 j (j + 1); otherwise the j-th pays j (j + 1). Together the looks then spend no more than one would.",
  "observations under this registration":
    "Every observation that was ever counted under the registration pays for its place j with j (j + 1), whoever was suspected.",
  "unanswered probes":
    "Whoever could lose answers could choose which; every choice of so many among all is paid for.",
  "how many probes are unanswered":
    "How many probes stay unanswered is open to whoever records the answers too, so every number of them is paid for.",
  "order of the classes":
    "Whoever asked said which class each name in an answer means; every order that the answers do not settle is paid for.",
  "payload decoded from the suspect":
    "The text was read from the suspect and not committed to before, so all 2^256 texts are paid for.",
};

/** In words, why a p-value pays for a correction of this name. */
export function correctionReason(name: string): string {
  return REASONS[name] ?? "Whatever was tried and not reported multiplies p by the number of trials.";
}
