import { LOG_LEVELS } from "@indicia/service/log-level";
import { z } from "zod";
import { accessSchema } from "./access-schema.js";
import type { GatewayConfig } from "./config.js";
import { requireConsistency } from "./consistency.js";
import { file, httpUrl, network, port, type Surroundings, text } from "./fields.js";
import { limitsSchema } from "./limits-schema.js";
import { modelSchema } from "./model-schema.js";
import { logSchema, vaultSchema } from "./store-schema.js";

/** Where the gateway listens when it is not told: for this machine alone. */
const HOST = "127.0.0.1";
const PORT = 8080;
/** More models than this are more than one machine holds. */
const MAX_MODELS = 100;
/** What stands in place of an access section where everybody is to be answered. */
const OPEN = "open";

/**
 * The configuration as its YAML is written. What is left out gets its default; what is unknown is refused, since a
 * misspelt protection is none.
 */
export function configSchema(surroundings: Surroundings): z.ZodType<GatewayConfig> {
  const path = file(surroundings);
  const parts = z.strictObject({
    listen: z
      .strictObject({
        host: text.default(HOST),
        port: port.default(PORT),
        trustedProxies: z.array(network).max(100).default([]),
      })
      .prefault({}),
    models: z.array(modelSchema(surroundings)).min(1).max(MAX_MODELS),
    access: accessSchema(surroundings).or(z.literal(OPEN)).nullable().default(null),
    terms: z
      .strictObject({
        file: path,
        acceptances: path,
        version: text.nullable().default(null),
        required: z.boolean().default(true),
        recordAddress: z.boolean().default(false),
      })
      .nullable()
      .default(null),
    limits: limitsSchema(surroundings).nullable().default(null),
    log: logSchema,
    vault: vaultSchema(surroundings).nullable().default(null),
    ops: z
      .strictObject({
        logs: z.strictObject({ level: z.enum(LOG_LEVELS).default("info") }).prefault({}),
        metrics: z
          .strictObject({ host: text.default(HOST), port })
          .nullable()
          .default(null),
        admin: z
          .strictObject({ secureCookie: z.boolean().default(true) })
          .nullable()
          .default(null),
        traces: z
          .strictObject({ endpoint: httpUrl, ratio: z.number().min(0).max(1).default(1) })
          .nullable()
          .default(null),
      })
      .prefault({}),
  });
  // Only where every part is in order can be said how they fit.
  const told: z.ZodType<GatewayConfig> = parts.transform(({ access, ...rest }) => ({
    ...rest,
    access: access === OPEN ? null : access,
    openAccess: access === OPEN,
  }));
  return told.pipe(z.custom<GatewayConfig>().superRefine(requireConsistency));
}
