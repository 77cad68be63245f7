import { MAX_BATCH_QUERIES } from "@indicia/evidence/query-log";
import { z } from "zod";
import { BadRequest } from "./bad-request.js";

/** A batch that a customer fixes, as he posts it. */
export interface BatchRequest {
  /** SHA-256 of each query's canonical inputs, hex. */
  readonly queries: readonly string[];
  /** From `signBatch`, 128 hex digits. */
  readonly signature: string;
}

const batchSchema: z.ZodType<BatchRequest> = z.strictObject({
  queries: z
    .array(z.string().regex(/^[0-9a-f]{64}$/))
    .min(1)
    .max(MAX_BATCH_QUERIES),
  signature: z.string().regex(/^[0-9a-f]{128}$/),
});

/** @throws BadRequest */
export function readBatchRequest(body: unknown): BatchRequest {
  const parsed = batchSchema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new BadRequest('a batch is {"queries": [hashes], "signature": hex}');
}
