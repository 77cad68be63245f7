import { z } from "@hono/zod-openapi";
import { idField, nameField, notesField, textField } from "../http/fields.js";
import type { Step } from "../shapes/common.js";
import type {
  Model,
  ModelChange,
  NewAnchor,
  NewModel,
  RegistrationSummary,
  StatedError,
} from "../shapes/models.js";

/** What fits into a weight mark. */
const MAX_PAYLOAD_BYTES = 32;
/** Each is trained, and is in memory at every examination. */
const MAX_SHADOWS = 8;
const MAX_AUTHORITIES = 4;
const MAX_URL = 2000;
/** Most rows that are drawn at random: more say no more. */
const MAX_RANDOM_ROWS = 20_000;

export const stepSchema: z.ZodType<Step> = z
  .object({ stage: z.string(), done: z.number(), total: z.number() })
  .openapi("Step");

export const errorSchema: z.ZodType<StatedError> = z
  .object({ code: z.string(), message: z.string(), hint: z.string() })
  .openapi("StatedError");

export const payloadField: z.ZodString = textField(MAX_PAYLOAD_BYTES)
  .min(1)
  .refine(
    (text) => Buffer.byteLength(text) <= MAX_PAYLOAD_BYTES,
    `it has more than ${MAX_PAYLOAD_BYTES} bytes`,
  );

const dataField = z.union([
  idField,
  z
    .string()
    .regex(/^random:[1-9]\d{0,8}$/, "it is neither an upload nor random:N")
    .refine((text) => Number(text.slice("random:".length)) <= MAX_RANDOM_ROWS, {
      message: `at most random:${MAX_RANDOM_ROWS}`,
    }),
]);

const registrationSchema: z.ZodType<RegistrationSummary> = z
  .object({
    commitment: z.string(),
    created: z.string(),
    owner: z.string().nullable(),
    reference: z.object({ sha256: z.string(), bytes: z.number().int() }),
    weights: z.object({ refusal: z.string().nullable() }),
    readout: z.object({ refusal: z.string().nullable(), classes: z.number().int().nullable() }),
    pool: z.object({ rows: z.number().int(), random: z.boolean() }),
    shadows: z.number().int(),
    level: z.number(),
    timestamps: z.number().int(),
    beacon: z.boolean(),
    counted: z.number().int(),
    standingReasons: z.array(z.string()),
  })
  .openapi("RegistrationSummary");

export const modelSchema: z.ZodType<Model> = z
  .object({
    id: z.string(),
    name: z.string(),
    notes: z.string(),
    created: z.string(),
    state: z.enum(["registering", "ready", "failed"]),
    step: stepSchema.nullable(),
    error: errorSchema.nullable(),
    ownerKey: z.string().nullable(),
    registration: registrationSchema.nullable(),
  })
  .openapi("Model");

const anchorSchema: z.ZodType<NewAnchor> = z
  .strictObject({
    authorities: z
      .array(z.strictObject({ url: textField(MAX_URL), qualified: z.boolean() }))
      .max(MAX_AUTHORITIES),
    roots: idField.nullable().openapi({ description: "Upload of a PEM file" }),
    allowPrivate: z.boolean(),
    beacon: z.enum(["drand", "drand-default"]).nullable(),
  })
  .refine(
    ({ authorities, roots }) => authorities.length > 0 || roots === null,
    "roots belong to authorities, of which there is none",
  )
  .openapi("NewAnchor");

export const newModelSchema: z.ZodType<NewModel> = z
  .strictObject({
    name: nameField,
    notes: notesField.exactOptional(),
    reference: idField.openapi({ description: "Upload of the unmarked .onnx file" }),
    registration: z.discriminatedUnion("kind", [
      z.strictObject({
        kind: z.literal("new"),
        ownerKey: idField,
        calibration: dataField,
        pool: dataField.nullable(),
        payload: payloadField.nullable(),
        owner: nameField.nullable(),
        shadows: z
          .number()
          .int()
          .min(0)
          .max(MAX_SHADOWS)
          .exactOptional()
          .openapi({ description: "Students to train first, each in minutes or more" }),
        anchor: anchorSchema.exactOptional(),
      }),
      z.strictObject({
        kind: z.literal("folder"),
        upload: idField.openapi({ description: "Upload of a zip archive of the registration folder" }),
        ownerKey: idField.nullable(),
      }),
    ]),
  })
  .openapi("NewModel");

export const modelChangeSchema: z.ZodType<ModelChange> = z
  .strictObject({
    name: nameField.exactOptional(),
    notes: notesField.exactOptional(),
    ownerKey: idField
      .nullable()
      .exactOptional()
      .openapi({ description: "For admins: the key that opens the registration, or null to keep it out" }),
  })
  .openapi("ModelChange");
