import type { ProbeRule } from "@indicia/proof/answer-residual";
import type { CarrierOf } from "@indicia/proof/carrier-of";
import type { ClassOrder } from "@indicia/proof/class-order";
import { MOST_LOOKS } from "@indicia/proof/looks";
import { MAX_NAME } from "./observer-name.js";
import { z } from "zod";
import { PROBE_ORDERS, PROBE_RULES, type ProbeChoice } from "./probe-rule.js";
import { hex32, count, MAX_LIST, text } from "./scalars.js";

/** What a suspect lets one see. */
export type Access = "file" | "logits" | "probabilities" | "top-k" | "labels";

/** One sealed, key-free residual. */
export interface SealedResidual {
  readonly id: string;
  readonly carrier: CarrierOf;
  /** File of int16 little-endian values, in the carrier's order. */
  readonly file: string;
  /** How an answer residual was formed; null for residuals of weights. */
  readonly formed: {
    readonly residual: string;
    readonly shaping: string;
    readonly map: string | null;
  } | null;
}

export interface ObservedLook {
  readonly probes: number;
  readonly lost: number;
  /** Where whoever asked said which class each answer means: how far the answers bear it out. */
  readonly classOrder?: ClassOrder | undefined;
  readonly residuals: SealedResidual[];
}

/** A model that has nothing to do with the key, put through the same measurement. */
export interface ObservedControl {
  readonly name: string;
  readonly kind: "reference" | "shadow" | "innocent";
  readonly residuals: SealedResidual[];
}

/** How an observation follows its plan. */
export interface PlanFollowed {
  /** SHA-256 of plan.json. */
  readonly sha256: string;
  /** Which draw from the pool was asked, from 0. */
  readonly draw: number;
  /** Seal of the observation whose rows this one leaves out; null for the first draw. */
  readonly fresh: string | null;
}

/** Who observed. */
export interface NamedObserver {
  readonly name: string;
  /** Ed25519 public key, hex. */
  readonly signer: string;
}

/** observation.json: everything measured without the key. Its canonical bytes hash to the seal. */
export interface ObservationFile {
  readonly version: 1;
  readonly kind: "indicia observation";
  readonly registration: string;
  /** SHA-256 of the reference that was compared with; null for a blind examination. */
  readonly reference: string | null;
  readonly suspect: {
    protocol: string;
    target: string;
    sha256?: string | undefined;
    model?: string | undefined;
  };
  readonly access: Access;
  readonly answers: { decimals: number | null; topK: number | null; deterministic: boolean | null } | null;
  readonly probes: {
    rule: ProbeRule;
    /** How the rule was come by; absent without shadow models, where it follows from the answers alone. */
    choice?: ProbeChoice | undefined;
    asked: number;
    lost: number;
    /** Rows asked besides the probes, to learn how the suspect answers; none where absent. */
    learning?: number | undefined;
    /** Probes that were to be asked, fixed before the first look; absent where no end was planned. */
    planned?: number | undefined;
    random: boolean;
    sha256: string;
  } | null;
  /**
   * Rules by which conclusions pay for what the looks leave open (`openChoices`); absent in observations that were made
   * before there were any others.
   */
  readonly pricing?: 2 | undefined;
  readonly looks: ObservedLook[];
  readonly controls: ObservedControl[];
  readonly notes: string[];
  /** The plan that it follows; absent where there was none. */
  readonly plan?: PlanFollowed | undefined;
  /** Another party who observed, and whose key signs the seal; absent where whoever observed is not named. */
  readonly observer?: NamedObserver | undefined;
  /** SHA-256 of every other file of the observation. */
  readonly files: Record<string, string>;
  readonly transcript: { entries: number; root: string } | null;
  readonly started: string;
  readonly finished: string;
}

const carrierOf: z.ZodType<CarrierOf> = z.union([
  z.strictObject({
    scheme: z.literal("readout/1"),
    rows: z.int().min(1).max(4096),
    columns: z.int().min(1).max(1_000_000),
  }),
  z.strictObject({
    scheme: z.literal("weights/1"),
    segments: z.array(z.strictObject({ label: text, start: count, count })).max(MAX_LIST),
  }),
]);

/** File names inside an observation: one folder, no separators. */
const fileName: z.ZodType<string> = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,120}$/);

export const planFollowed: z.ZodType<PlanFollowed> = z
  .strictObject({ sha256: hex32, draw: z.int().min(0).max(1000), fresh: hex32.nullable() })
  .refine(({ draw, fresh }) => draw > 0 === (fresh !== null), "fresh probes are fresh of an observation");
export const namedObserver: z.ZodType<NamedObserver> = z.strictObject({
  name: z.string().min(1).max(MAX_NAME),
  signer: hex32,
});

const residuals: z.ZodType<SealedResidual[]> = z
  .array(
    z.strictObject({
      id: text,
      carrier: carrierOf,
      file: fileName,
      formed: z.strictObject({ residual: text, shaping: text, map: fileName.nullable() }).nullable(),
    }),
  )
  .max(1000);

export const observationSchema: z.ZodType<ObservationFile> = z.strictObject({
  version: z.literal(1),
  kind: z.literal("indicia observation"),
  registration: hex32,
  reference: hex32.nullable(),
  suspect: z.strictObject({ protocol: text, target: text, sha256: hex32.optional(), model: text.optional() }),
  access: z.enum(["file", "logits", "probabilities", "top-k", "labels"]),
  answers: z
    .strictObject({
      decimals: count.nullable(),
      topK: count.nullable(),
      deterministic: z.boolean().nullable(),
    })
    .nullable(),
  probes: z
    .strictObject({
      rule: z.enum(PROBE_RULES),
      choice: z.strictObject({ asked: z.enum(PROBE_ORDERS), answered: count, agreeing: count }).optional(),
      asked: count,
      lost: count,
      learning: count.optional(),
      planned: count.optional(),
      random: z.boolean(),
      sha256: hex32,
    })
    .nullable(),
  pricing: z.literal(2).optional(),
  looks: z
    .array(
      z.strictObject({
        probes: count,
        lost: count,
        classOrder: z.strictObject({ classes: count, named: count, unsettled: count }).optional(),
        residuals,
      }),
    )
    .max(MOST_LOOKS),
  controls: z
    .array(z.strictObject({ name: text, kind: z.enum(["reference", "shadow", "innocent"]), residuals }))
    .max(1000),
  notes: z.array(text).max(1000),
  plan: planFollowed.optional(),
  observer: namedObserver.optional(),
  files: z.record(fileName, hex32),
  transcript: z.strictObject({ entries: count, root: hex32 }).nullable(),
  started: text,
  finished: text,
});
