import { z } from "zod";
import { hex32, count, text } from "./scalars.js";
import {
  type Access,
  type PlanFollowed,
  type NamedObserver,
  planFollowed,
  namedObserver,
} from "./observation-format.js";

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
