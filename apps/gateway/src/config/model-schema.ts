import { z } from "zod";
import type { MarkingConfig, ModelConfig, SourceConfig } from "./config.js";
import { file, modelName, policy, type Surroundings } from "./fields.js";
import { upstreamSchema } from "./upstream-schema.js";
import { monitorSchema, perturbationSchema } from "./watch-schema.js";

/** Logits; more would be damage, as for a mark of a copy. */
const MOST_LOGITS = 1;

/** One model of the configuration. */
export function modelSchema(surroundings: Surroundings): z.ZodType<ModelConfig> {
  return z
    .strictObject({
      name: modelName,
      file: file(surroundings).optional(),
      vault: modelName.optional(),
      upstream: upstreamSchema(surroundings).optional(),
      outputs: policy.prefault("full"),
      batching: z
        .strictObject({
          threads: z.int().min(1).max(64).nullable().default(null),
          maxRows: z.int().min(1).max(4096).nullable().default(null),
          maxWaitMs: z.number().min(0).max(1000).nullable().default(null),
        })
        .prefault({}),
      marking: markingSchema(surroundings).nullable().default(null),
      logged: file(surroundings).nullable().default(null),
      monitor: monitorSchema(surroundings).nullable().default(null),
      perturbation: perturbationSchema(surroundings).nullable().default(null),
    })
    .transform(({ file: path, vault, upstream, ...model }, context) => {
      const sources: SourceConfig[] = [
        ...(path === undefined ? [] : [{ kind: "file", name: path } as const]),
        ...(vault === undefined ? [] : [{ kind: "vault", name: vault } as const]),
        ...(upstream === undefined ? [] : [{ kind: "upstream", ...upstream } as const]),
      ];
      const [source, ...more] = sources;
      if (source !== undefined && more.length === 0) return { ...model, source };
      context.addIssue({ code: "custom", message: "needs one of file, vault and upstream" });
      return z.NEVER;
    });
}

function markingSchema(surroundings: Surroundings): z.ZodType<MarkingConfig> {
  const path = file(surroundings);
  const logits = z.number().gt(0).max(MOST_LOGITS).nullable().default(null);
  return z
    .strictObject({
      registration: path,
      gatewayKey: path,
      customers: path.nullable().default(null),
      logged: path.nullable().default(null),
      strength: logits,
      tilt: logits,
    })
    .refine(
      ({ customers, logged }) => customers !== null || logged !== null,
      "needs customers, logged, or both",
    );
}
