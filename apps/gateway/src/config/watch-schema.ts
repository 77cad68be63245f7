import { DEFAULT_BUDGET, PERTURBATIONS } from "@indicia/defence/perturbation/perturb";
import { z } from "zod";
import { MONITOR_ACTIONS } from "../monitor/actions.js";
import type { MonitorConfig, PerturbationConfig } from "./config.js";
import { file, header, httpUrl, secret, type Surroundings } from "./fields.js";

/** What notices that an account copies the model, and what is done about it. */
export function monitorSchema(surroundings: Surroundings): z.ZodType<MonitorConfig> {
  return z.strictObject({
    calibration: file(surroundings),
    state: file(surroundings).nullable().default(null),
    actions: z.array(z.enum(MONITOR_ACTIONS)).min(1).default(["log"]),
    throttledRows: z.int().min(1).max(1e6).exactOptional(),
    webhook: z
      .strictObject({
        url: httpUrl,
        headers: z.record(header, secret(surroundings)).default({}),
        allowPrivate: z.boolean().default(false),
      })
      .nullable()
      .default(null),
  });
}

/** How answers are changed; the label stays. */
export function perturbationSchema(surroundings: Surroundings): z.ZodType<PerturbationConfig> {
  const variation = z.number().min(0).max(1).nullable().default(null);
  return z
    .strictObject({
      kind: z.enum(PERTURBATIONS),
      budget: variation,
      most: variation,
      unusual: variation,
      secret: file(surroundings).nullable().default(null),
      state: file(surroundings).nullable().default(null),
    })
    .refine(
      ({ budget, most }) => budget === null || most === null || budget <= most,
      "has a budget above its most",
    )
    .refine(
      ({ budget, unusual }) => unusual === null || (budget ?? DEFAULT_BUDGET) <= unusual,
      "has a budget above what unusual queries get",
    );
}
