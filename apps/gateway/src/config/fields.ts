import path from "node:path";
import { z } from "zod";
import { isNetwork } from "../access/networks.js";
import { isName } from "../access/names.js";
import { isScope, MODEL_NAME } from "../access/scopes.js";
import { type OutputPolicy, parsePolicy } from "../defences/output-policy.js";

/** Longest text anywhere: paths are shorter, and so are addresses. */
const MAX_TEXT = 4096;
/** Seconds of each unit that a length of time is written in. */
const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Where relative paths start, and what the environment holds. */
export interface Surroundings {
  /** Folder of the configuration file. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export const text: z.ZodType<string> = z.string().min(1).max(MAX_TEXT);

/** A path; relative ones start at the folder of the configuration. */
export function file({ folder }: Surroundings): z.ZodType<string> {
  return z
    .string()
    .min(1)
    .max(MAX_TEXT)
    .transform((given) => path.resolve(folder, given));
}

export const modelName: z.ZodType<string> = z
  .string()
  .regex(MODEL_NAME, "is 1 to 64 letters, digits and . _ - and begins with a letter or digit");

export const name: z.ZodType<string> = z
  .string()
  .refine(isName, "is 1 to 96 letters, digits and . _ @ + - and begins with a letter or digit");

export const scope: z.ZodType<string> = z
  .string()
  .refine(
    isScope,
    "is MODEL:ACTION, with infer, metadata, batch, admin, download or *; * also for any model",
  );

export const network: z.ZodType<string> = z
  .string()
  .refine(isNetwork, "is an address, or a network such as 10.0.0.0/8");

export const port: z.ZodType<number> = z.int().min(0).max(65_535);

/** Header names, as HTTP has them (RFC 9110, section 5.6.2), in lower case. */
export const header: z.ZodType<string> = z
  .string()
  .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/, "is the name of a header")
  .transform((given) => given.toLowerCase());

export const httpUrl: z.ZodType<string> = z
  .string()
  .max(MAX_TEXT)
  .refine((given) => URL.canParse(given) && /^https?:/.test(given), "is an http(s) address");

export const policy: z.ZodType<OutputPolicy> = z.string().transform((given, context) => {
  const parsed = parsePolicy(given);
  if (parsed !== null) return parsed;
  context.addIssue({ code: "custom", message: "is full, labels, round:N or top-k:K" });
  return z.NEVER;
});

/** A length of time such as 30s, 5m, 1h or 30d, in seconds; null for `ever`. */
export const duration: z.ZodType<number | null> = z.string().transform((given, context) => {
  if (given === "ever") return null;
  const [, count = "", unit = ""] = /^([1-9]\d{0,8})([smhd])$/.exec(given) ?? [];
  const seconds = Number(count) * (UNITS[unit] ?? 0);
  if (seconds > 0) return seconds;
  context.addIssue({ code: "custom", message: "is a length of time such as 30s, 5m, 1h or 30d, or ever" });
  return z.NEVER;
});

/** A secret that is written here, or in an environment variable that is named here. */
export function secret({ environment }: Surroundings): z.ZodType<string> {
  const named = z.strictObject({ env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/) });
  return z.union([text, named]).transform((given, context) => {
    if (typeof given === "string") return given;
    const value = environment[given.env];
    if (value !== undefined && value !== "") return value;
    context.addIssue({
      code: "custom",
      message: `names the environment variable ${given.env}, which is not set`,
    });
    return z.NEVER;
  });
}
