import { listed, type ListedAttack } from "../attack.js";
import { blend } from "../blend.js";
import { lora } from "../lora.js";
import { tune } from "../tune.js";

/** Tier 2: training that goes on, and averages with other models. */
export const TUNING: readonly ListedAttack[] = [
  listed({
    name: "tune",
    tier: 2,
    description: "training goes on with other data for 5 epochs, from the last layer as it is or drawn anew",
    preserving: false,
    needs: "labels",
    attack: tune,
    variants: {
      "last layer": { layers: "last" },
      "all layers": { layers: "all" },
      "last layer drawn anew": { layers: "last", start: "drawn" },
      "all layers, the last drawn anew": { layers: "all", start: "drawn" },
      "L2 0.1": { layers: "all", l2: 0.1 },
      "weight decay 0.1": { layers: "all", decay: 0.1 },
      "label smoothing 0.3": { layers: "all", smoothing: 0.3 },
    },
  }),
  listed({
    name: "lora",
    tier: 2,
    description: "low-rank adapters are trained beside the weights and merged into them",
    preserving: false,
    needs: "labels",
    attack: lora,
    variants: { "rank 16": { rank: 16 } },
  }),
  listed({
    name: "blend",
    tier: 2,
    description: "all numbers are averaged with those of an independent model",
    preserving: false,
    needs: "independent",
    attack: blend,
    variants: { half: { own: 0.5 } },
  }),
];
