import { listed, type ListedAttack } from "./attack.js";
import { average } from "./average.js";
import { blend } from "./blend.js";
import { constants } from "./constants.js";
import { dummies } from "./dummies.js";
import { flip } from "./flip.js";
import { fold } from "./fold.js";
import { fuseSplit } from "./fuse-split.js";
import { half } from "./half.js";
import { int4 } from "./int4.js";
import { int8 } from "./int8.js";
import { lora } from "./lora.js";
import { lowRank } from "./low-rank.js";
import { nBits } from "./n-bits.js";
import { noise } from "./noise.js";
import { optimised } from "./optimised.js";
import { overwrite } from "./overwrite.js";
import { permute } from "./permute.js";
import { prune } from "./prune.js";
import { qkVo } from "./qk-vo.js";
import { rename } from "./rename.js";
import { rotate } from "./rotate.js";
import { scale } from "./scale.js";
import { shift } from "./shift.js";
import { storage } from "./storage.js";
import { transpose } from "./transpose.js";
import { tune } from "./tune.js";

/** What thieves do; a new attack adds an entry. */
export const ATTACKS: readonly ListedAttack[] = [
  listed({
    name: "rename",
    tier: 0,
    description: "new names for everything inside, another order of nodes and tensors",
    preserving: true,
    attack: rename,
    variants: { both: { rename: true, reorder: true } },
  }),
  listed({
    name: "constants",
    tier: 0,
    description: "initialisers become Constant nodes, or the other way",
    preserving: true,
    attack: constants,
    variants: { nodes: { to: "nodes" }, initialisers: { to: "initialisers" } },
  }),
  listed({
    name: "storage",
    tier: 0,
    description: "numbers as float_data and the like, or as raw_data",
    preserving: true,
    attack: storage,
    variants: { typed: { form: "typed" }, raw: { form: "raw" } },
  }),
  listed({
    name: "transpose",
    tier: 0,
    description: "weight matrices are stored transposed",
    preserving: true,
    attack: transpose,
    variants: { flip: { form: "flip" }, node: { form: "node" }, gemm: { form: "gemm" } },
  }),
  listed({
    name: "fold",
    tier: 0,
    description: "BatchNormalization goes into its Conv, MatMul and Add become a Gemm",
    preserving: true,
    attack: fold,
    variants: { norm: { what: "norm" }, gemm: { what: "gemm" } },
  }),
  listed({
    name: "fuse-split",
    tier: 0,
    description: "sibling products become a wide one, or a wide one several",
    preserving: true,
    attack: fuseSplit,
    variants: { fuse: { mode: "fuse" }, split: { mode: "split" }, "split in 3": { mode: "split", parts: 3 } },
  }),
  listed({
    name: "half",
    tier: 0,
    description: "weights or the whole graph in 16 bits",
    preserving: false,
    attack: half,
    variants: {
      fp16: { type: "float16", graph: false },
      bf16: { type: "bfloat16", graph: false },
      "fp16 graph": { type: "float16", graph: true },
    },
  }),
  listed({
    name: "optimised",
    tier: 0,
    description: "the model as onnxruntime saves it after its own rewriting",
    preserving: true,
    attack: optimised,
    variants: { basic: { level: "basic" }, extended: { level: "extended" }, all: { level: "all" } },
  }),
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
