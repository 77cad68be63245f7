import { z } from "zod";
import type { TraceFile } from "./trace-formats.js";
import { hex32 } from "./scalars.js";

/** What a verification holds of a trace against the rest of its bundle. */
export type TraceClaim = Pick<
  TraceFile,
  | "registration"
  | "observation"
  | "logged"
  | "account"
  | "subKey"
  | "position"
  | "register"
  | "tested"
  | "level"
  | "verdict"
  | "named"
  | "standing"
  | "standingReasons"
  | "claim"
  | "limits"
  | "concluded"
> & {
  /** Statistics of the gateway's own mark. */
  readonly gateway: readonly { readonly log10P: number }[];
  readonly customers: readonly {
    readonly customer: string;
    readonly verdict: TraceFile["verdict"];
    readonly log10P: number;
  }[];
};

/** Most customers of a trace. */
const MAX_LIST = 1_000_000;

const text: z.ZodType<string> = z.string().max(4096);
const verdict: z.ZodType<TraceFile["verdict"]> = z.enum(["match", "inconclusive"]);

/** The form of trace.json as far as it is held against anything; what else it has, the signature covers. */
export const traceClaimSchema: z.ZodType<TraceClaim> = z.looseObject({
  version: z.literal(1),
  kind: z.literal("indicia trace"),
  registration: hex32,
  observation: hex32,
  logged: hex32.nullable(),
  account: z.strictObject({ customer: z.string().max(64).nullable() }).exactOptional(),
  subKey: z.int().min(0),
  position: z.int().min(1),
  register: z.strictObject({ entries: z.int().min(0), head: hex32 }),
  tested: z.int().min(0),
  level: z.number().gt(0).lt(1),
  verdict,
  named: z.array(z.string().max(64)).max(MAX_LIST),
  standing: z.literal("exploratory"),
  standingReasons: z.array(text).max(100),
  claim: z.string(),
  limits: z.array(text).max(100),
  concluded: text,
  gateway: z.array(z.looseObject({ log10P: z.number() })).max(MAX_LIST),
  customers: z
    .array(z.looseObject({ customer: z.string().max(64), verdict, log10P: z.number().max(0) }))
    .max(MAX_LIST),
});
