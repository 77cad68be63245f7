import type { LooseEntry } from "../secret-register.js";
import type { SignerSeeds } from "../signer-keys.js";

/** Keys of the owner of the samples. */
export const SEEDS: SignerSeeds = { ed25519: new Uint8Array(32).fill(7), p256: new Uint8Array(32).fill(8) };
/** Commitment of the registration of the samples. */
export const COMMITMENT: string = "ab".repeat(32);

/** A secret, whose line is number 1. */
export const SECRET: LooseEntry = {
  type: "secret",
  entry: {
    id: "weights",
    name: "Weights of the classifier",
    description: "What was learned from the collection.",
    holder: "Example Ltd",
    title: "made by its own staff",
    notKnown: "The weights were never given out; the architecture is published.",
    since: "2025-06-01",
    model: "cd".repeat(32),
    value: {
      amount: 250_000,
      currency: "EUR",
      on: "2026-01-31",
      method: "Cost of making it again",
      becauseSecret: "Whoever has it need not collect the data.",
    },
  },
};
/** Somebody with access, whose line is number 2. */
export const GRANT: LooseEntry = {
  type: "access-granted",
  entry: {
    who: "Ada Lovelace",
    kind: "person",
    secrets: ["weights"],
    purpose: "evaluation",
    agreement: "NDA 2026-014",
    since: "2026-01-01",
    until: null,
  },
};
/** A measure, whose line is number 3. */
export const MEASURE: LooseEntry = {
  type: "measure-added",
  entry: {
    kind: "technical",
    secrets: ["weights"],
    description: "Encrypted at rest; two people hold the key.",
    since: "2025-06-01",
    document: null,
  },
};
