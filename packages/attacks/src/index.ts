import { listed, type ListedAttack } from "./attack.js";
import { dummies } from "./dummies.js";
import { flip } from "./flip.js";
import { permute } from "./permute.js";
import { scale } from "./scale.js";

/** What thieves do; a new attack adds an entry. */
export const ATTACKS: readonly ListedAttack[] = [
  listed({
    name: "permute",
    tier: 3,
    description: "hidden neurons and channels change places",
    preserving: true,
    attack: permute,
    variants: { all: { share: 1 }, half: { share: 0.5 } },
  }),
  listed({
    name: "scale",
    tier: 3,
    description: "hidden neurons are scaled where made and rescaled where taken",
    preserving: true,
    attack: scale,
    variants: { mild: { spread: 0.3 }, strong: { spread: 1 } },
  }),
  listed({
    name: "flip",
    tier: 3,
    description: "hidden neurons change their sign through odd functions",
    preserving: true,
    attack: flip,
    variants: { half: { share: 0.5 } },
  }),
  listed({
    name: "dummies",
    tier: 3,
    description: "neurons that contribute nothing, halves of neurons, and pairs that cancel",
    preserving: true,
    attack: dummies,
    variants: {
      "zero 5 %": { share: 0.05, kinds: ["zero"] },
      "split 20 %": { share: 0.2, kinds: ["split"] },
      "cancel 20 %": { share: 0.2, kinds: ["cancel"] },
      "mixed 10 %": { share: 0.1, kinds: ["zero", "split", "cancel"] },
    },
  }),
];
