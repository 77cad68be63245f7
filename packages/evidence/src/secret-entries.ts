import { z } from "zod";

/** Longest text, and most names in a list: far above real use. */
const MAX_TEXT = 4096;
const MAX_LIST = 1000;

/** How somebody who has access is named. */
const HOLDERS = ["person", "role", "organisation"] as const;
/** What kind of step keeps a secret. */
const MEASURES = ["technical", "organisational", "contractual"] as const;

/** A secret: what it is, why it is one, what it is worth, since when it is kept. */
export interface StatedSecret {
  /** Short name by which other entries refer to it. */
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** Who holds it, and by what right: made, bought, licensed. */
  readonly holder: string;
  readonly title: string;
  /** Why those who usually deal with such information neither know it nor can readily find it out. */
  readonly notKnown: string;
  /** Day since when it is kept secret, as the holder says. */
  readonly since: string;
  /** SHA-256 of the file in which it is embodied, hex; null where there is none. */
  readonly model: string | null;
  readonly value: {
    readonly amount: number;
    /** Three letters of ISO 4217. */
    readonly currency: string;
    /** Day of the estimate, and how it was come by. */
    readonly on: string;
    readonly method: string;
    /** Why it is worth this because it is secret. */
    readonly becauseSecret: string;
  } | null;
}

export interface AccessGranted {
  readonly who: string;
  readonly kind: (typeof HOLDERS)[number];
  /** Ids of the secrets. */
  readonly secrets: string[];
  readonly purpose: string;
  /** Reference of the agreement that binds whoever has access; null where there is none. */
  readonly agreement: string | null;
  readonly since: string;
  readonly until: string | null;
}

export interface AccessRevoked {
  /** Index of the line that granted it. */
  readonly grant: number;
  readonly on: string;
  readonly reason: string;
}

export interface MeasureAdded {
  readonly kind: (typeof MEASURES)[number];
  readonly secrets: string[];
  readonly description: string;
  readonly since: string;
  /** Where it is written down: a reference, and the hash of the document or null. */
  readonly document: { readonly reference: string; readonly sha256: string | null } | null;
}

export interface MeasureEnded {
  /** Index of the line that added it. */
  readonly measure: number;
  readonly on: string;
  readonly reason: string;
}

export interface Review {
  readonly by: string;
  readonly on: string;
  readonly secrets: string[];
  readonly found: string;
}

/** Says that an earlier entry was wrong; that one stays as it is. */
export interface Correction {
  /** Index of the line that it is about, which is no correction itself. */
  readonly of: number;
  readonly why: string;
  /** What should have been entered, of the same type; null where nothing should have been. */
  readonly entry: unknown;
}

/** What each type of line holds. */
export interface SecretEntries {
  readonly secret: StatedSecret;
  readonly "access-granted": AccessGranted;
  readonly "access-revoked": AccessRevoked;
  readonly "measure-added": MeasureAdded;
  readonly "measure-ended": MeasureEnded;
  readonly review: Review;
  readonly correction: Correction;
}
export type SecretEntryType = keyof SecretEntries;

const text: z.ZodType<string> = z
  .string()
  .max(MAX_TEXT)
  .refine((value) => value.trim() !== "", "empty");
const hash: z.ZodType<string> = z.string().regex(/^[0-9a-f]{64}$/, "no SHA-256 of 64 lower-case hex digits");
const id: z.ZodType<string> = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, "no id of lower-case letters, digits and hyphens");
const day: z.ZodType<string> = z
  .string()
  .refine((value) => /^\d{4}-\d\d-\d\d$/.test(value) && isDay(value), "no day such as 2026-11-30");
const ids: z.ZodType<string[]> = z
  .array(id)
  .min(1)
  .max(MAX_LIST)
  .refine((values) => new Set(values).size === values.length, "an id twice");
const line: z.ZodType<number> = z.int().min(1);

/** Form of each type of line. */
export const SECRET_SCHEMAS: { readonly [T in SecretEntryType]: z.ZodType<SecretEntries[T]> } = {
  secret: z.strictObject({
    id,
    name: text,
    description: text,
    holder: text,
    title: text,
    notKnown: text,
    since: day,
    model: hash.nullable(),
    value: z
      .strictObject({
        amount: z.number().min(0),
        currency: z.string().regex(/^[A-Z]{3}$/, "no currency of three capital letters"),
        on: day,
        method: text,
        becauseSecret: text,
      })
      .nullable(),
  }),
  "access-granted": z
    .strictObject({
      who: text,
      kind: z.enum(HOLDERS),
      secrets: ids,
      purpose: text,
      agreement: text.nullable(),
      since: day,
      until: day.nullable(),
    })
    .refine(({ since, until }) => until === null || until >= since, "it ends before it begins"),
  "access-revoked": z.strictObject({ grant: line, on: day, reason: text }),
  "measure-added": z.strictObject({
    kind: z.enum(MEASURES),
    secrets: ids,
    description: text,
    since: day,
    document: z.strictObject({ reference: text, sha256: hash.nullable() }).nullable(),
  }),
  "measure-ended": z.strictObject({ measure: line, on: day, reason: text }),
  review: z.strictObject({ by: text, on: day, secrets: ids, found: text }),
  correction: z.strictObject({ of: line, why: text, entry: z.unknown() }),
};

function isDay(value: string): boolean {
  const time = new Date(`${value}T00:00:00.000Z`);
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(value);
}
