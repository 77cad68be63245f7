import { z } from "@hono/zod-openapi";
import { ENDPOINT_PROTOCOLS, type EndpointProtocol } from "@indicia/suspects/protocol";
import { idField, nameField, notesField, textField } from "../http/fields.js";
import type {
  EndpointTarget,
  FileTarget,
  Inspection,
  InspectionRequest,
  NewSuspect,
  Suspect,
  SuspectChange,
  SuspectHistory,
} from "../shapes/suspects.js";
import { errorSchema } from "../models/model-schemas.js";

const MAX_URL = 2048;
/** Most secrets of a kind: real services ask for one or two. */
const MOST_SECRETS = 32;
/** Longest value: tokens with claims have some kilobytes. */
const MAX_SECRET = 16_384;
/** Of the settings of a protocol, as JSON: class names by the ten thousand. */
const MAX_OPTIONS = 512 * 1024;
/** Of objects and arrays in them: what walks through them calls itself for each. */
const MAX_DEPTH = 32;
/** Requests per second. */
const MAX_RATE = 10_000;

export const protocolField: z.ZodType<EndpointProtocol> = z.enum(ENDPOINT_PROTOCOLS);
const fileProtocolField: z.ZodType<FileTarget["protocol"]> = z.enum(["onnx", "onnx-black-box"]);

/** A token of RFC 9110, section 5.6.2. */
const headerName = z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/, "it is no name of a header");
/** Visible ASCII, with blanks inside (RFC 9110, section 5.5). */
const headerValue = z
  .string()
  .max(MAX_SECRET)
  .regex(/^(?:[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?)?$/, "it is no value of a header");
const few = (entries: Readonly<Record<string, string>>): boolean =>
  Object.keys(entries).length <= MOST_SECRETS;
const headersField = z.record(headerName, headerValue).refine(few, `at most ${MOST_SECRETS}`);
const secretsField = z
  .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, "it is no name"), textField(MAX_SECRET).min(1))
  .refine(few, `at most ${MOST_SECRETS}`);
const rateField = z.number().gt(0).max(MAX_RATE);
function isDeeperThan(most: number, value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return most === 0 || Object.values(value).some((each) => isDeeperThan(most - 1, each));
}
const optionsField = z
  .record(z.string(), z.unknown())
  .refine((options) => !isDeeperThan(MAX_DEPTH, options), { error: "it is nested too deeply", abort: true })
  .refine((options) => JSON.stringify(options).length <= MAX_OPTIONS, "it is too large");

const endpointSchema: z.ZodType<EndpointTarget> = z.object({
  kind: z.literal("endpoint"),
  protocol: protocolField,
  url: z.string(),
  model: z.string().nullable(),
  options: z.record(z.string(), z.unknown()),
  headers: z.array(z.string()),
  secrets: z.array(z.string()).exactOptional(),
  allowPrivate: z.boolean(),
});

const fileSchema: z.ZodType<FileTarget> = z.object({
  kind: z.literal("file"),
  protocol: fileProtocolField,
  name: z.string(),
  sha256: z.string(),
  bytes: z.number().int(),
});

export const inspectionSchema: z.ZodType<Inspection> = z
  .object({
    at: z.string(),
    reachable: z.boolean(),
    error: errorSchema.nullable(),
    queries: z.number().int(),
    milliseconds: z.number().nullable(),
    inputs: z.array(
      z.object({ name: z.string(), type: z.string(), dims: z.array(z.union([z.number(), z.string()])) }),
    ),
    answers: z.enum(["logits", "probabilities", "top-k", "labels", "unknown"]),
    classes: z.number().int().nullable(),
    labelNames: z.array(z.string()),
    decimals: z.number().int().nullable(),
    deterministic: z.boolean().nullable(),
    maxRepeatDifference: z.number().nullable(),
    rowsPerRequest: z.number().int().nullable(),
    notes: z.array(z.string()),
  })
  .openapi("Inspection");

export const suspectSchema: z.ZodType<Suspect> = z
  .object({
    id: z.string(),
    name: z.string(),
    notes: z.string(),
    created: z.string(),
    target: z.union([endpointSchema, fileSchema]),
    rate: z.number(),
    inspection: inspectionSchema.nullable(),
  })
  .openapi("Suspect");

export const newSuspectSchema: z.ZodType<NewSuspect> = z
  .strictObject({
    name: nameField,
    notes: notesField.exactOptional(),
    target: z.discriminatedUnion("kind", [
      z.strictObject({
        kind: z.literal("endpoint"),
        protocol: protocolField,
        url: z.string().min(1).max(MAX_URL),
        model: nameField.nullable(),
        options: optionsField.openapi({ type: "object" }),
        headers: headersField,
        secrets: secretsField.exactOptional(),
        allowPrivate: z.boolean(),
      }),
      z.strictObject({
        kind: z.literal("file"),
        protocol: fileProtocolField,
        upload: idField.openapi({
          description: "Upload of an .onnx file, or of a zip archive with its data",
        }),
      }),
    ]),
    rate: rateField.exactOptional(),
  })
  .openapi("NewSuspect");

export const suspectChangeSchema: z.ZodType<SuspectChange> = z
  .strictObject({
    name: nameField.exactOptional(),
    notes: notesField.exactOptional(),
    rate: rateField.exactOptional(),
    headers: headersField.exactOptional(),
    secrets: secretsField.exactOptional(),
  })
  .openapi("SuspectChange");

export const inspectionRequestSchema: z.ZodType<InspectionRequest> = z
  .strictObject({ model: idField.exactOptional() })
  .openapi("InspectionRequest");

export const historySchema: z.ZodType<SuspectHistory> = z
  .object({
    items: z.array(
      z.object({
        investigation: z.string(),
        model: z.string(),
        finished: z.string(),
        verdict: z.enum(["match", "inconclusive"]).nullable(),
        access: z.string().nullable(),
        probes: z.number().int(),
        T: z.number().nullable(),
        log10P: z.number().nullable(),
      }),
    ),
  })
  .openapi("SuspectHistory");
