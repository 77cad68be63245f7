import { z } from "@hono/zod-openapi";
import { idField, nameField } from "../http/fields.js";
import { errorSchema, stepSchema } from "../models/model-schemas.js";
import type {
  ExchangeRow,
  Investigation,
  InvestigationChange,
  Look,
  NewInvestigation,
  NewProbeSet,
  ProbeSet,
  ProbeSetChange,
} from "../shapes/investigations.js";

/** Rows; more would fill the memory with answers long before. */
const MAX_BUDGET = 1_000_000;
/** Requests per second. */
const MAX_RATE = 10_000;

const orderSchema = z.enum(["auto", "uncertain", "boundary", "shadows"]);
const budgetField = z.int().min(1).max(MAX_BUDGET);
const optionalDate = z.string().nullable();

export const probeSetSchema: z.ZodType<ProbeSet> = z
  .object({
    id: z.string(),
    name: z.string(),
    model: z.string(),
    order: orderSchema,
    budget: z.int(),
    created: z.string(),
  })
  .openapi("ProbeSet");

export const newProbeSetSchema: z.ZodType<NewProbeSet> = z
  .strictObject({ name: nameField, model: idField, order: orderSchema, budget: budgetField })
  .openapi("NewProbeSet");

export const probeSetChangeSchema: z.ZodType<ProbeSetChange> = z
  .strictObject({ name: nameField.exactOptional() })
  .openapi("ProbeSetChange");

export const lookSchema: z.ZodType<Look> = z
  .object({
    time: z.string(),
    probes: z.int(),
    lost: z.int(),
    T: z.number().nullable(),
    log10P: z.number().nullable(),
    log10PIdeal: z.number().nullable(),
  })
  .openapi("Look");

export const investigationSchema: z.ZodType<Investigation> = z
  .object({
    id: z.string(),
    name: z.string(),
    model: z.string(),
    suspect: z.string(),
    probeSet: z.string().nullable(),
    order: orderSchema,
    budget: z.int(),
    level: z.number(),
    rate: z.number(),
    perDay: z.int().nullable(),
    earlyStop: z.boolean(),
    state: z.enum([
      "draft",
      "queued",
      "running",
      "paused",
      "awaiting-key",
      "concluded",
      "failed",
      "cancelled",
    ]),
    reason: errorSchema.nullable(),
    resumeAt: optionalDate,
    created: z.string(),
    started: optionalDate,
    finished: optionalDate,
    step: stepSchema.nullable(),
    asked: z.int(),
    lost: z.int(),
    looks: z.array(lookSchema),
    verdict: z.enum(["match", "inconclusive"]).nullable(),
    log10P: z.number().nullable(),
    evidence: z.object({ sha256: z.string(), bytes: z.int() }).nullable(),
  })
  .openapi("Investigation");

export const newInvestigationSchema: z.ZodType<NewInvestigation> = z
  .strictObject({
    name: nameField,
    model: idField,
    suspect: idField,
    probeSet: idField.exactOptional(),
    order: orderSchema.exactOptional(),
    budget: budgetField.exactOptional(),
    level: z.number().gt(1e-70).lt(1).exactOptional(),
    rate: z.number().gt(0).max(MAX_RATE).exactOptional(),
    perDay: z.int().min(1).max(MAX_BUDGET).nullable().exactOptional(),
    earlyStop: z.boolean().exactOptional(),
    start: z.boolean().exactOptional(),
  })
  .openapi("NewInvestigation");

export const investigationChangeSchema: z.ZodType<InvestigationChange> = z
  .strictObject({ name: nameField.exactOptional() })
  .openapi("InvestigationChange");

export const exchangeSchema: z.ZodType<ExchangeRow> = z
  .object({
    line: z.int(),
    time: z.string(),
    probes: z.array(z.int()),
    status: z.int().nullable(),
    lost: z.string().nullable(),
    request: z.string(),
    answer: z.string().nullable(),
  })
  .openapi("ExchangeRow");
