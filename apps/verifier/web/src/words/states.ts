import type { InvestigationState } from "../../../src/shapes/investigations.js";

/** How a word is coloured; it always says the same as its text. */
export type Tone = "quiet" | "busy" | "good" | "warn" | "bad";

export interface Wording {
  readonly label: string;
  readonly tone: Tone;
  /** What it means, in a sentence. */
  readonly meaning: string;
}

export const STATES: Readonly<Record<InvestigationState, Wording>> = {
  draft: { label: "Not started", tone: "quiet", meaning: "It is planned. Nothing was asked yet." },
  queued: { label: "Waiting", tone: "quiet", meaning: "It waits for its turn." },
  running: { label: "Running", tone: "busy", meaning: "The suspect is being asked." },
  paused: { label: "Paused", tone: "warn", meaning: "Nothing is asked until it is resumed." },
  "awaiting-key": {
    label: "Waiting for the key",
    tone: "warn",
    meaning: "Everything was asked and sealed. Whoever holds the owner key draws the conclusion.",
  },
  concluded: {
    label: "Concluded",
    tone: "good",
    meaning: "It is finished, and its evidence can be downloaded.",
  },
  failed: { label: "Failed", tone: "bad", meaning: "It could not go on." },
  cancelled: { label: "Cancelled", tone: "quiet", meaning: "Someone ended it." },
};

export const VERDICTS: Readonly<Record<"match" | "inconclusive", Wording>> = {
  match: {
    label: "Match",
    tone: "bad",
    meaning: "The answers carry the registered signature, beyond what chance allows at the level.",
  },
  inconclusive: {
    label: "Inconclusive",
    tone: "quiet",
    meaning:
      "Nothing was found that chance does not explain. That does not show that the suspect is innocent.",
  },
};

const ORDERS = {
  auto: "Automatic",
  uncertain: "Inputs on which the model is least certain",
  boundary: "Inputs on the border between two labels",
  shadows: "Inputs on which the shadow models are least certain",
} as const;

/** The rule by which probes are chosen, in words. */
export function orderName(order: keyof typeof ORDERS): string {
  return ORDERS[order];
}

/** States in which something still happens by itself. */
export function isLive(state: InvestigationState): boolean {
  return state === "queued" || state === "running";
}
