import { listed, type ListedAttack } from "../attack.js";
import { dummies } from "../dummies.js";
import { flip } from "../flip.js";
import { permute } from "../permute.js";
import { qkVo } from "../qk-vo.js";
import { rotate } from "../rotate.js";
import { scale } from "../scale.js";

/** Tier 3: other weights that compute the same. */
export const INVARIANCE: readonly ListedAttack[] = [
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
      "mixed 20 %": { share: 0.2, kinds: ["zero", "split", "cancel"] },
    },
  }),
  listed({
    name: "rotate",
    tier: 3,
    description: "linear spaces such as a residual stream are rotated",
    preserving: true,
    attack: rotate,
    variants: { all: {} },
  }),
  listed({
    name: "qk-vo",
    tier: 3,
    description: "invertible matrices between queries and keys, values and outputs, for each head",
    preserving: true,
    attack: qkVo,
    variants: { mild: { spread: 0.2 }, strong: { spread: 0.6 } },
  }),
];
