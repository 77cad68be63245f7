import type { z } from "zod";
import { MAX_JSON_BYTES, parseCanonical } from "./canonical.js";
import { altered, type EvidenceErrorCode } from "./error.js";

/** What a document should be. */
export interface DocumentForm<T> {
  /** The document as messages call it. */
  readonly name: string;
  readonly schema: z.ZodType<T>;
  /** Code of anything that is wrong with it. */
  readonly code: EvidenceErrorCode;
  readonly maxBytes?: number;
}

/**
 * Read a document: canonical JSON of a given form.
 *
 * @throws EvidenceError with the code of the form
 */
export function readDocument<T>(bytes: Uint8Array, form: DocumentForm<T>): T {
  const { name, schema, code, maxBytes = MAX_JSON_BYTES } = form;
  let value: unknown;
  try {
    value = parseCanonical(bytes, { maxBytes });
  } catch (cause) {
    const reason = cause instanceof Error ? `: ${cause.message}` : "";
    throw altered(code, `${name} is malformed${reason}`, { cause });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw altered(
    code,
    `${name} is malformed at "${issue?.path.join(".") ?? ""}": ${issue?.message ?? "unknown"}`,
  );
}
