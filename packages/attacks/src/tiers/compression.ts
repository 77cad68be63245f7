import { listed, type ListedAttack } from "../attack.js";
import { int4 } from "../int4.js";
import { int8 } from "../int8.js";
import { lowRank } from "../low-rank.js";
import { nBits } from "../n-bits.js";
import { prune } from "../prune.js";

/** Tier 1: fewer bits, weights or ranks. */
export const COMPRESSION: readonly ListedAttack[] = [
  listed({
    name: "int8",
    tier: 1,
    description: "weights, and with some schemes activations, in 8 bits",
    preserving: false,
    attack: int8,
    variants: {
      "weights per channel": { scheme: "weights", type: "int8", per: "channel" },
      "weights per tensor": { scheme: "weights", type: "int8", per: "tensor" },
      "uint8 weights per channel": { scheme: "weights", type: "uint8", per: "channel" },
      "QDQ per channel": { scheme: "qdq", type: "int8", per: "channel" },
      "QDQ per tensor": { scheme: "qdq", type: "uint8", per: "tensor" },
      "dynamic per channel": { scheme: "dynamic", type: "int8", per: "channel" },
      "dynamic per tensor": { scheme: "dynamic", type: "uint8", per: "tensor" },
      "dynamic fused": { scheme: "dynamic-fused", type: "int8", per: "channel" },
      "QOperator per channel": { scheme: "operators", type: "int8", per: "channel" },
      "QOperator per tensor": { scheme: "operators", type: "uint8", per: "tensor" },
    },
  }),
  listed({
    name: "n-bits",
    tier: 1,
    description: "products as MatMulNBits: a few bits and a scale for each block",
    preserving: false,
    attack: nBits,
    variants: {
      "4 bits": { bits: 4, block: 32, symmetric: true },
      "4 bits with zero points": { bits: 4, block: 64, symmetric: false },
      "4 bits in long blocks": { bits: 4, block: 128, symmetric: true },
      "8 bits": { bits: 8, block: 32, symmetric: true },
      "8 bits with zero points": { bits: 8, block: 128, symmetric: false },
      "2 bits": { bits: 2, block: 32, symmetric: true },
      "2 bits with zero points": { bits: 2, block: 64, symmetric: false },
    },
  }),
  listed({
    name: "int4",
    tier: 1,
    description: "weights as int4 with a DequantizeLinear by blocks",
    preserving: false,
    attack: int4,
    variants: { "blocks of 32": { block: 32 }, "blocks of 128": { block: 128 } },
  }),
  listed({
    name: "prune",
    tier: 1,
    description: "the smallest weights become 0",
    preserving: false,
    attack: prune,
    variants: {
      "50 %": { share: 0.5, scope: "global" },
      "70 %": { share: 0.7, scope: "global" },
      "90 %": { share: 0.9, scope: "global" },
      "50 % of each tensor": { share: 0.5, scope: "tensor" },
      "70 % of each tensor": { share: 0.7, scope: "tensor" },
      "90 % of each tensor": { share: 0.9, scope: "tensor" },
    },
  }),
  listed({
    name: "low-rank",
    tier: 1,
    description: "half of the singular values are left out",
    preserving: false,
    attack: lowRank,
    variants: { product: { share: 0.5, form: "product" }, factors: { share: 0.5, form: "factors" } },
  }),
];
