import { listed, type ListedAttack } from "../attack.js";
import { constants } from "../constants.js";
import { fold } from "../fold.js";
import { fuseSplit } from "../fuse-split.js";
import { half } from "../half.js";
import { optimised } from "../optimised.js";
import { rename } from "../rename.js";
import { storage } from "../storage.js";
import { transpose } from "../transpose.js";

/** Tier 0: other ways to write the same model down. */
export const FORMAT: readonly ListedAttack[] = [
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
];
