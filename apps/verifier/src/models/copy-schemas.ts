import { z } from "@hono/zod-openapi";
import { idField, nameField } from "../http/fields.js";
import type { ModelCopy, NewModelCopy } from "../shapes/models.js";
import { errorSchema, payloadField, stepSchema } from "./model-schemas.js";

/** In units of a weight row's scale; above it the mark begins to show. */
const MAX_WEIGHTS = 0.01;
/** In units of the logits; above it most labels near a boundary change. */
const MAX_READOUT = 1;

const strength = (most: number): z.ZodType<"auto" | "off" | number> =>
  z.union([z.enum(["auto", "off"]), z.number().gt(0).max(most)]);

export const copySchema: z.ZodType<ModelCopy> = z
  .object({
    id: z.string(),
    model: z.string(),
    name: z.string(),
    customer: z.string().nullable(),
    created: z.string(),
    state: z.enum(["marking", "ready", "failed"]),
    step: stepSchema.nullable(),
    error: errorSchema.nullable(),
    marked: z
      .object({
        sha256: z.string(),
        bytes: z.number().int(),
        weights: z.number().nullable(),
        readout: z.number().nullable(),
        rows: z.number().int(),
        labelsChanged: z.number().int(),
        labelsChangedUpper95: z.number(),
        notes: z.array(z.string()),
      })
      .nullable(),
  })
  .openapi("ModelCopy");

export const newCopySchema: z.ZodType<NewModelCopy> = z
  .strictObject({
    name: nameField.exactOptional(),
    payload: payloadField.nullable().exactOptional(),
    customer: nameField.nullable().exactOptional(),
    weights: strength(MAX_WEIGHTS).exactOptional(),
    readout: strength(MAX_READOUT).exactOptional(),
    labelBudget: z.number().gt(0).max(1).exactOptional(),
  })
  .refine(
    ({ weights, readout }) => weights !== "off" || readout !== "off",
    "with both marks off there is none",
  )
  .refine(
    ({ payload, weights }) => payload == null || weights !== "off",
    "the payload lives in the weight mark",
  )
  .refine(
    ({ customer, readout }) => customer == null || readout !== "off",
    "a customer's mark is that of the read-out",
  )
  .openapi("NewModelCopy");

/** Parameters of a path to a copy. */
export const copyParams: z.ZodObject<{ readonly id: z.ZodString; readonly copy: z.ZodString }> = z.object({
  id: idField.openapi({ param: { name: "id", in: "path" } }),
  copy: idField.openapi({ param: { name: "copy", in: "path" } }),
});
