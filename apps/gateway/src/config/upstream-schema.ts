import { ENDPOINT_PROTOCOLS, NEED_CONFIG } from "@indicia/suspects/protocol";
import { z } from "zod";
import type { UpstreamConfig } from "./config.js";
import { file, header, httpUrl, secret, type Surroundings, text } from "./fields.js";

const MAX_CLASSES = 1_000_000;
/** Types that endpoints take, as ONNX names them. */
const TYPES = ["float32", "float64", "int64", "int32", "uint8", "bool", "string"] as const;

/** An endpoint before which the gateway stands. */
export function upstreamSchema(surroundings: Surroundings): z.ZodType<UpstreamConfig> {
  return z
    .strictObject({
      url: httpUrl,
      protocol: z.enum(ENDPOINT_PROTOCOLS).default("oip"),
      model: text.nullable().default(null),
      config: file(surroundings).nullable().default(null),
      headers: z.record(header, secret(surroundings)).default({}),
      allowPrivate: z.boolean().default(false),
      scores: z.strictObject({
        output: text,
        classes: z.int().min(1).max(MAX_CLASSES),
        tail: z.enum(["none", "softmax", "log-softmax", "sigmoid"]),
      }),
      inputs: z
        .array(
          z.strictObject({
            name: text,
            type: z.enum(TYPES),
            dims: z.array(z.int().positive().nullable()).min(1).max(16),
          }),
        )
        .max(100)
        .default([]),
    })
    .refine(
      ({ protocol, config }) => !NEED_CONFIG.includes(protocol) || config !== null,
      `needs a config for the protocols ${NEED_CONFIG.join(" and ")}`,
    );
}
