import { z } from "zod";
import { type AnchorDemand, anchorSchema } from "./anchor.js";
import { canonicalBytes, type Sha256, sha256Hex } from "./canonical.js";
import { isTime } from "./chain.js";
import { readDocument } from "./document.js";
import { PROBE_ORDERS, type ProbeOrder } from "./probe-rule.js";
import { hex32 } from "./scalars.js";

/** Schemes of carriers whose statistics an observation may consist of. */
const SCHEMES = ["weights/1", "readout/1"] as const;
type PlannedScheme = (typeof SCHEMES)[number];

/** Whom a plan is about. */
export interface PlannedSuspect {
  readonly protocol: string;
  /** As an observation names it: a file's base name, or an address without credentials. */
  readonly target: string;
  readonly sha256?: string | undefined;
  /** Model at the endpoint; where absent, the one that the endpoint itself names. */
  readonly model?: string | undefined;
}

/** What will be asked; settled by the plan and by the beacon that comes after it. */
export interface PlannedAsking {
  readonly order: ProbeOrder;
  /** Most rows to ask, learning included. */
  readonly budget: number;
  /** Sizes at which the key may be tried where all of the budget goes into probes; fewer probes, fewer looks. */
  readonly looks: number[];
  /** The registered pool: its rows and its hash. */
  readonly pool: { readonly rows: number; readonly sha256: string };
  /** Rows of the pool that the beacon admits; the order chooses among them. */
  readonly admitted: number;
}

/** plan.json: what is fixed before a suspect is asked. The hash of its canonical bytes is what is dated. */
export interface PlanFile {
  readonly version: 1;
  readonly kind: "indicia plan";
  readonly created: string;
  /** Commitment of the registration. */
  readonly registration: string;
  /** The registration's chain when the plan was made: its lines, and the hash of the last. */
  readonly chain: { readonly entries: number; readonly head: string };
  readonly suspect: PlannedSuspect;
  readonly statistics: PlannedScheme[];
  readonly level: number;
  /** Null for an open file, which is asked nothing. */
  readonly asking: PlannedAsking | null;
  /** Outside clocks and a beacon; absent where there is nothing but the word of whoever planned. */
  readonly anchor?: AnchorDemand | undefined;
}

/** A plan with the hash by which everything names it, hex. */
export interface HashedPlan {
  readonly file: PlanFile;
  readonly sha256: string;
}

const text: z.ZodType<string> = z.string().max(4096);
const count: z.ZodType<number> = z.int().min(0);
/** Most rows of a pool that a plan speaks of, and most that it allows to ask. */
const MAX_ROWS = 10_000_000;

const planSchema: z.ZodType<PlanFile> = z.strictObject({
  version: z.literal(1),
  kind: z.literal("indicia plan"),
  created: text.refine(isTime, "this is no time"),
  registration: hex32,
  chain: z.strictObject({ entries: count, head: hex32 }),
  suspect: z.strictObject({ protocol: text, target: text, sha256: hex32.optional(), model: text.optional() }),
  statistics: z.array(z.enum(SCHEMES)).min(1).max(SCHEMES.length),
  level: z.number().gt(0).lt(1),
  asking: z
    .strictObject({
      order: z.enum(PROBE_ORDERS),
      budget: z.int().min(1).max(MAX_ROWS),
      looks: z.array(z.int().min(1)).min(1).max(64),
      pool: z.strictObject({ rows: z.int().min(1).max(MAX_ROWS), sha256: hex32 }),
      admitted: z.int().min(1).max(MAX_ROWS),
    })
    .refine(({ admitted, pool }) => admitted <= pool.rows, "more rows are admitted than there are")
    .nullable(),
  anchor: anchorSchema.optional(),
});

/** Name of the document in the folder of a plan, which keeps the files of its anchor beside it. */
export const PLAN_NAME = "plan.json";
/** Folder of the plan in an observation's folder and in a bundle. */
export const PLAN_FOLDER = "plan/";

/** Type of the line by which a registration's chain counts a plan. */
export const PLAN_LINE = "plan";

/** Canonical bytes of plan.json with their hash. */
export function planBytes(file: PlanFile): { readonly bytes: Uint8Array; readonly sha256: string } {
  const bytes = canonicalBytes(file);
  return { bytes, sha256: sha256Hex(bytes) };
}

/** @throws EvidenceError PLAN_MALFORMED */
export function readPlan(bytes: Uint8Array, sha256?: Sha256): HashedPlan {
  const file = readDocument(bytes, { name: PLAN_NAME, schema: planSchema, code: "PLAN_MALFORMED" });
  return { file, sha256: sha256Hex(bytes, sha256) };
}

/** Rows that the beacon admits, by default: half of the pool, or as many as may be asked. */
export function admittedRows(poolRows: number, budget: number): number {
  return Math.min(poolRows, Math.max(Math.ceil(poolRows / 2), budget));
}
