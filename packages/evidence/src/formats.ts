import type { ProbeRule } from "@indicia/proof/answer-residual";
import type { CarrierOf } from "@indicia/proof/carrier-of";
import type { ClassOrder } from "@indicia/proof/class-order";
import { MOST_LOOKS } from "@indicia/proof/looks";
import { MAX_NAME } from "./observer-name.js";
import { z } from "zod";
import { type AnchorDemand, anchorSchema } from "./anchor.js";
import { PROBE_ORDERS, PROBE_RULES, type ProbeChoice } from "./probe-rule.js";

/** SHA-256 or key bytes, 64 lower-case hex digits. */
const hex32: z.ZodType<string> = z.string().regex(/^[0-9a-f]{64}$/);
const count: z.ZodType<number> = z.int().min(0);
/** Most entries of any list in these files: far above real use, far below what would exhaust memory. */
const MAX_LIST = 100_000;
/** Longest text in these files. */
const MAX_TEXT = 4096;
const text: z.ZodType<string> = z.string().max(MAX_TEXT);

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

const planFollowed: z.ZodType<PlanFollowed> = z
  .strictObject({ sha256: hex32, draw: z.int().min(0).max(1000), fresh: hex32.nullable() })
  .refine(({ draw, fresh }) => draw > 0 === (fresh !== null), "fresh probes are fresh of an observation");
const namedObserver: z.ZodType<NamedObserver> = z.strictObject({
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

/** One thing the key said: a statistic on a sealed residual, with what it pays for. */
export interface Witness {
  readonly mark: "weights" | "readout" | "logged";
  readonly access: Access;
  readonly statistic: string;
  readonly T: number;
  readonly log10PIdeal: number;
  readonly corrections: {
    readonly name: string;
    readonly factor: number | null;
    readonly lnFactor: number;
  }[];
  readonly log10P: number;
  readonly probes: number;
  readonly payload?:
    | { readonly text: string | null; readonly bitErrors: number; readonly bits: number }
    | undefined;
}

export type ControlOutcome = "inconclusive" | "match" | "none registered" | "not run";

/** conclusion.json: what the key says about a sealed observation. */
export interface ConclusionFile {
  readonly version: 1;
  readonly kind: "indicia conclusion";
  readonly registration: string;
  /** Seal of the observation. */
  readonly observation: string;
  /** Of the observation: the plan that it follows, and another party who observed; absent where there is neither. */
  readonly plan?: PlanFollowed | undefined;
  readonly observer?: NamedObserver | undefined;
  /** Index of the sub-key that was opened. */
  readonly subKey: number;
  /** Position of this observation among those counted under the registration, from 1. */
  readonly position: number;
  readonly verdict: "match" | "inconclusive";
  readonly standing: "anchored" | "exploratory";
  readonly standingReasons: string[];
  readonly log10P: number;
  readonly log10PIdeal: number;
  readonly log10PGround: number;
  readonly level: number;
  readonly claim: string;
  readonly limits: string[];
  /** What opens the registered commitment to a payload; null where none is claimed. */
  readonly payload: { readonly text: string; readonly nonce: string } | null;
  readonly witnesses: Witness[];
  readonly controls: {
    readonly decoyKeys: number;
    readonly decoyMeanT: number;
    readonly decoySdT: number;
    readonly decoyMaxT: number;
    readonly reference: ControlOutcome;
    readonly shadows: ControlOutcome;
    readonly innocents: ControlOutcome;
    readonly falseClaim: ControlOutcome;
  };
  /** Best statistic at each look: the evidence curve. */
  readonly looks: { readonly probes: number; readonly T: number; readonly log10PIdeal: number }[];
  readonly queries: number;
  readonly lostQueries: number;
  readonly concluded: string;
}

const outcome: z.ZodType<ControlOutcome> = z.enum(["inconclusive", "match", "none registered", "not run"]);
const finite: z.ZodType<number> = z.number();

export const conclusionSchema: z.ZodType<ConclusionFile> = z.strictObject({
  version: z.literal(1),
  kind: z.literal("indicia conclusion"),
  registration: hex32,
  observation: hex32,
  plan: planFollowed.optional(),
  observer: namedObserver.optional(),
  subKey: count,
  position: z.int().min(1),
  verdict: z.enum(["match", "inconclusive"]),
  standing: z.enum(["anchored", "exploratory"]),
  standingReasons: z.array(text).max(100),
  log10P: finite,
  log10PIdeal: finite,
  log10PGround: finite,
  level: z.number().gt(0).lt(1),
  claim: text,
  limits: z.array(text).max(100),
  payload: z.strictObject({ text, nonce: hex32 }).nullable(),
  witnesses: z
    .array(
      z.strictObject({
        mark: z.enum(["weights", "readout", "logged"]),
        access: z.enum(["file", "logits", "probabilities", "top-k", "labels"]),
        statistic: text,
        T: finite,
        log10PIdeal: finite,
        corrections: z
          .array(z.strictObject({ name: text, factor: finite.nullable(), lnFactor: finite }))
          .max(100),
        log10P: finite,
        probes: count,
        payload: z.strictObject({ text: text.nullable(), bitErrors: count, bits: count }).optional(),
      }),
    )
    .max(1000),
  controls: z.strictObject({
    decoyKeys: count,
    decoyMeanT: finite,
    decoySdT: finite,
    decoyMaxT: finite,
    reference: outcome,
    shadows: outcome,
    innocents: outcome,
    falseClaim: outcome,
  }),
  looks: z.array(z.strictObject({ probes: count, T: finite, log10PIdeal: finite })).max(64),
  queries: count,
  lostQueries: count,
  concluded: text,
});
