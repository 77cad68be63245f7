import { z } from "zod";
import { type AnchorDemand, anchorSchema } from "./anchor.js";
import { hex32, count, MAX_LIST, text } from "./scalars.js";

/** One marked tensor of the weight mark's plan. */
export interface PlannedTensor {
  readonly label: string;
  readonly tensors: string[];
  readonly dims: number[];
  readonly rowAxis: number;
  readonly rows: number;
  readonly columns: number;
  readonly sha256: string;
}

/** Where the read-out mark lives, and the frozen coordinates of its key. */
export interface RegisteredReadout {
  readonly scheme: "readout/1";
  readonly output: string;
  readonly tail: "none" | "softmax" | "log-softmax" | "sigmoid";
  readonly feature: string;
  readonly pooling: "none" | "mean";
  readonly logits: string;
  readonly weight: string;
  readonly bias: string | null;
  readonly features: number;
  readonly classes: number;
  readonly dimensions: number;
  /** SHA-256 of basis.f64: mu, then B, float64 little-endian. */
  readonly basis: string;
}

export interface RegisteredData {
  readonly rows: number;
  readonly sha256: string;
  readonly random: boolean;
}

/** registration.json: all that is fixed before a carrier exists. Its canonical bytes hash to the commitment. */
export interface RegistrationFile {
  readonly version: 1;
  readonly kind: "indicia registration";
  readonly created: string;
  readonly owner: string | null;
  /** Ed25519 public key of the owner's signatures, hex. */
  readonly signer: string;
  readonly reference: {
    readonly sha256: string;
    readonly bytes: number;
    readonly externalFiles: { name: string; sha256: string; bytes: number }[];
  };
  readonly subKeys: { readonly count: number; readonly root: string };
  readonly weights:
    | {
        readonly scheme: "weights/1";
        readonly tensors: PlannedTensor[];
        /** SHA-256 of sketch.bin, by which a suspect is aligned without the reference; absent where there is none. */
        readonly sketch?: string | undefined;
      }
    | { readonly refusal: string };
  readonly readout: RegisteredReadout | { readonly refusal: string };
  readonly calibration: RegisteredData;
  readonly pool: RegisteredData;
  /** SHA-256 of each shadow model, in order; with them the rules are `shaping/2` and `probes/2`, else `/1`. */
  readonly shadows: string[];
  /** Commitment to the registered payload text, or null where none was registered. */
  readonly payload: string | null;
  readonly parameters: {
    readonly shaping: "shaping/1" | "shaping/2";
    readonly probes: "probes/1" | "probes/2";
    readonly decoyKeys: number;
    readonly level: number;
  };
  /** Outside clocks and a public beacon; absent where nothing but the owner's word says when it was made. */
  readonly anchor?: AnchorDemand | undefined;
}

const refusal: z.ZodType<{ refusal: string }> = z.strictObject({ refusal: text });
const data: z.ZodType<RegisteredData> = z.strictObject({ rows: count, sha256: hex32, random: z.boolean() });

/** Most shadow models: each is run on every probe, and each is a control beside all the others. */
export const MAX_SHADOWS = 32;
/** Fewest, where there are any: each is held against the others. */
export const MIN_SHADOWS = 2;

const registration: z.ZodType<RegistrationFile> = z.strictObject({
  version: z.literal(1),
  kind: z.literal("indicia registration"),
  created: text,
  owner: text.nullable(),
  signer: hex32,
  reference: z.strictObject({
    sha256: hex32,
    bytes: count,
    externalFiles: z.array(z.strictObject({ name: text, sha256: hex32, bytes: count })).max(MAX_LIST),
  }),
  subKeys: z.strictObject({ count: z.int().min(1).max(65_536), root: hex32 }),
  weights: z.union([
    z.strictObject({
      scheme: z.literal("weights/1"),
      tensors: z
        .array(
          z.strictObject({
            label: text,
            tensors: z.array(text).min(1).max(MAX_LIST),
            dims: z.array(count).max(32),
            rowAxis: count,
            rows: count,
            columns: count,
            sha256: hex32,
          }),
        )
        .max(MAX_LIST),
      sketch: hex32.optional(),
    }),
    refusal,
  ]),
  readout: z.union([
    z.strictObject({
      scheme: z.literal("readout/1"),
      output: text,
      tail: z.enum(["none", "softmax", "log-softmax", "sigmoid"]),
      feature: text,
      pooling: z.enum(["none", "mean"]),
      logits: text,
      weight: text,
      bias: text.nullable(),
      features: z.int().min(1).max(1_000_000),
      classes: z.int().min(1).max(1_000_000),
      dimensions: z.int().min(1).max(4096),
      basis: hex32,
    }),
    refusal,
  ]),
  calibration: data,
  pool: data,
  shadows: z.array(hex32).max(MAX_SHADOWS),
  payload: hex32.nullable(),
  parameters: z.strictObject({
    shaping: z.enum(["shaping/1", "shaping/2"]),
    probes: z.enum(["probes/1", "probes/2"]),
    decoyKeys: z.int().min(0).max(100_000),
    level: z.number().gt(0).lt(1),
  }),
  anchor: anchorSchema.optional(),
});

export const registrationSchema: z.ZodType<RegistrationFile> = registration.refine(
  ({ shadows, parameters: { shaping, probes } }) =>
    shadows.length === 0
      ? shaping === "shaping/1" && probes === "probes/1"
      : shadows.length >= MIN_SHADOWS && shaping === "shaping/2" && probes === "probes/2",
  "shadow models and the versions of the rules do not fit",
);
