import { listed, type ListedAttack } from "../attack.js";
import { average } from "../average.js";
import { lowRank } from "../low-rank.js";
import { noise } from "../noise.js";
import { overwrite } from "../overwrite.js";
import { shift } from "../shift.js";

/** Tier 4: what is done by somebody who knows that there is a mark. */
export const TARGETED: readonly ListedAttack[] = [
  listed({
    name: "noise",
    tier: 4,
    description: "Gaussian noise on every weight",
    preserving: false,
    attack: noise,
    variants: {
      "1 %": { sigma: 0.01 },
      "3 %": { sigma: 0.03 },
      "10 %": { sigma: 0.1 },
      "30 %": { sigma: 0.3 },
    },
  }),
  listed({
    name: "overwrite",
    tier: 4,
    description: "a stranger's own pattern on every weight",
    preserving: false,
    attack: overwrite,
    variants: { "1x": { strength: 0.005 }, "5x": { strength: 0.025 } },
  }),
  listed({
    name: "average",
    tier: 4,
    description: "the weights of several models are averaged",
    preserving: false,
    needs: "others",
    attack: average,
    variants: { equal: {} },
  }),
  listed({
    name: "shift",
    tier: 4,
    description: "every weight moves away from 0, or towards it",
    preserving: false,
    attack: shift,
    variants: {
      "outward 1.5 %": { delta: 0.015, direction: "outward" },
      "outward 2.5 %": { delta: 0.025, direction: "outward" },
      "inward 1.5 %": { delta: 0.015, direction: "inward" },
      "inward 2.5 %": { delta: 0.025, direction: "inward" },
    },
  }),
  listed({
    name: "low-singular",
    tier: 4,
    description: "the smallest singular values are left out",
    preserving: false,
    attack: lowRank,
    variants: { "5 %": { share: 0.95, form: "product" }, "10 %": { share: 0.9, form: "product" } },
  }),
];
