import { z } from "@hono/zod-openapi";
import type { Problem } from "../shapes/common.js";

const problemSchema: z.ZodType<Problem> = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    code: z.string(),
    hint: z.string(),
    errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
  })
  .openapi("Problem") as z.ZodType<Problem>;

interface JsonAnswer<Schema extends z.ZodType> {
  readonly description: string;
  readonly content: { readonly "application/json": { readonly schema: Schema } };
}

/** An answer in JSON, as the reference of the API describes it. */
export function jsonAnswer<Schema extends z.ZodType>(
  schema: Schema,
  description: string,
): JsonAnswer<Schema> {
  return { description, content: { "application/json": { schema } } };
}

/** A body in JSON, without which the request is refused. */
export function jsonBody<Schema extends z.ZodType>(
  schema: Schema,
): {
  readonly required: true;
  readonly content: { readonly "application/json": { readonly schema: Schema } };
} {
  return { required: true, content: { "application/json": { schema } } };
}

/** A file as an answer. */
export function fileAnswer(
  type: string,
  description: string,
): {
  readonly description: string;
  readonly content: Readonly<
    Record<string, { readonly schema: { readonly type: "string"; readonly format: "binary" } }>
  >;
} {
  return { description, content: { [type]: { schema: { type: "string", format: "binary" } } } };
}

/** Whatever else may come: problem+json (RFC 9457). */
export const problems: {
  readonly default: {
    readonly description: string;
    readonly content: { readonly "application/problem+json": { readonly schema: typeof problemSchema } };
  };
} = {
  default: {
    description: "It was refused, or failed.",
    content: { "application/problem+json": { schema: problemSchema } },
  },
};
