import { z } from "zod";
import type { LogConfig, VaultConfig } from "./config.js";
import { duration, file, type Surroundings, text } from "./fields.js";

const HOUR = 3600;
const RECIPIENT = /^age1[a-z0-9]{10,4000}$/;
/** More than read one log. */
const MAX_RECIPIENTS = 100;
const POINT = /^04[0-9a-f]{128}$/;

/** How query logs are kept. */
export const logSchema: z.ZodType<LogConfig> = z
  .strictObject({
    inputs: z.enum(["stored", "hash"]).default("stored"),
    answers: z.enum(["stored", "hash"]).default("stored"),
    sealed: z.boolean().default(false),
    recipients: z.array(z.string().regex(RECIPIENT, "is an age recipient")).max(MAX_RECIPIENTS).default([]),
    keep: duration.prefault("ever"),
    segmentEntries: z.int().min(100).max(1_000_000).nullable().default(null),
    segmentHours: z.number().positive().max(8760).nullable().default(null),
  })
  .refine(
    ({ sealed, recipients }) => !sealed || recipients.length === 0,
    "has sealed and recipients: it is encrypted under the gateway key or to them",
  )
  .transform(({ keep, ...log }) => ({ ...log, keepHours: keep === null ? null : keep / HOUR }))
  .prefault({});

/** Where models are kept encrypted, and where the secret comes from that opens them. */
export function vaultSchema(surroundings: Surroundings): z.ZodType<VaultConfig> {
  return z.strictObject({
    folder: file(surroundings),
    kind: z.enum(["identities", "passphrase"]).default("identities"),
    secret: z.union([
      z
        .strictObject({ file: file(surroundings) })
        .transform(({ file: path }) => ({ kind: "file" as const, path })),
      z.strictObject({ env: text }).transform(({ env }) => ({ kind: "environment" as const, name: env })),
      z.strictObject({ command: z.tuple([text], text) }).transform(({ command: [program, ...rest] }) => ({
        kind: "command" as const,
        program,
        arguments: rest,
      })),
    ]),
    signer: z.string().regex(POINT, "is an uncompressed P-256 point in hex").nullable().default(null),
  });
}
