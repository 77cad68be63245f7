/** Which legal element a part of the register is evidence for; references, not advice. */
export interface SecretElement {
  readonly part: string;
  readonly serves: string;
}

/** Article 2(1) of Directive (EU) 2016/943, and 18 U.S.C. 1839(3) and (4), by the part of the register that serves each. */
export const SECRET_ELEMENTS: readonly SecretElement[] = [
  {
    part: "What it is (name, description, hash of the file)",
    serves:
      "which information is claimed, so that it can be told from what everybody knows: the subject of Art. 2(1) and of " +
      "18 U.S.C. 1839(3)",
  },
  {
    part: "Why it is not known",
    serves:
      "Art. 2(1)(a): not generally known among, or readily accessible to, the circles that normally deal with it; " +
      "1839(3)(B): not generally known to, nor readily ascertainable by proper means by, others",
  },
  {
    part: "Value, how it was estimated, why secrecy makes it",
    serves:
      "Art. 2(1)(b): commercial value because it is secret; 1839(3)(B): independent economic value from not being known",
  },
  {
    part: "Measures, agreements of those with access, reviews",
    serves:
      "Art. 2(1)(c): reasonable steps under the circumstances to keep it secret; 1839(3)(A): reasonable measures",
  },
  {
    part: "Who has access, for what, until when",
    serves: "the same, and the question from whom it can have come (Art. 4; 1839(5))",
  },
  {
    part: "Holder and title",
    serves: "Art. 2(2): lawful control by the trade secret holder; 1839(4): rightful title or licence",
  },
  {
    part: "Since when, hashes, timestamps",
    serves:
      "that it was secret, and kept so, at the time of the acquisition, use or disclosure complained of",
  },
];
