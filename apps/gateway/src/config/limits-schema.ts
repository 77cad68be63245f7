import { z } from "zod";
import type { LimitRule } from "../limits/rules.js";
import type { LimitsConfig } from "./config.js";
import { duration, modelName, secret, type Surroundings } from "./fields.js";

/** Timers of a process reach no further than 2^31 ms, some 24 days. */
const MAX_RATE_SECONDS = 14 * 86_400;
/** Counts of requests and rows are stored as 32-bit integers, which what is refused adds to for a moment. */
const MAX_RATE = 1e9;
const MAX_RULES = 100;

/** Limits, and where they are counted. */
export function limitsSchema(surroundings: Surroundings): z.ZodType<LimitsConfig> {
  return z.strictObject({
    store: z
      .union([z.literal("memory"), z.strictObject({ postgres: secret(surroundings) })])
      .default("memory"),
    rules: z.array(ruleSchema).min(1).max(MAX_RULES),
  });
}

const ruleSchema: z.ZodType<LimitRule> = z
  .strictObject({
    per: z.enum(["key", "account", "organisation", "range", "everyone"]),
    model: z
      .union([z.literal("*"), modelName])
      .nullable()
      .default(null),
    count: z.enum(["requests", "rows", "bits"]),
    most: z.number().positive(),
    window: duration,
  })
  .superRefine(({ count, most, window }, context) => {
    if (count === "bits") return;
    if (window === null || window > MAX_RATE_SECONDS)
      context.addIssue({ code: "custom", path: ["window"], message: "is at most 14d, except for bits" });
    if (!Number.isInteger(most) || most > MAX_RATE)
      context.addIssue({
        code: "custom",
        path: ["most"],
        message: `is a whole number of at most ${MAX_RATE}`,
      });
  })
  .transform(({ window, ...rule }) => ({ ...rule, seconds: window }));
