import { z } from "@hono/zod-openapi";
import type { Findings } from "../shapes/investigations.js";

export const findingsSchema: z.ZodType<Findings> = z
  .object({
    investigation: z.string(),
    verdict: z.enum(["match", "inconclusive"]),
    standing: z.enum(["anchored", "exploratory"]),
    standingReasons: z.array(z.string()),
    log10P: z.number(),
    log10PIdeal: z.number(),
    level: z.number(),
    claim: z.string(),
    meaning: z.array(z.string()),
    limits: z.array(z.string()),
    witnesses: z.array(
      z.object({
        mark: z.enum(["weights", "readout", "logged"]),
        access: z.string(),
        statistic: z.string(),
        T: z.number(),
        log10P: z.number(),
        probes: z.int(),
        payload: z.object({ text: z.string().nullable(), bitErrors: z.int(), bits: z.int() }).nullable(),
        corrections: z.array(z.object({ name: z.string(), lnFactor: z.number() })),
      }),
    ),
    controls: z.object({
      reference: z.string(),
      shadows: z.string(),
      innocents: z.string(),
      falseClaim: z.string(),
    }),
    decoys: z.object({
      keys: z.int(),
      mean: z.number(),
      sd: z.number(),
      max: z.number(),
      from: z.number(),
      width: z.number(),
      counts: z.array(z.int()),
    }),
    queries: z.int(),
    lostQueries: z.int(),
  })
  .openapi("Findings");
