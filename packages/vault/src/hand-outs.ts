import { z } from "zod";
import { VaultError } from "./error.js";

/** Identifiers of customers, as registers of customers have them, and names of accounts. */
const CUSTOMER = /^[A-Za-z0-9][A-Za-z0-9._@+-]{0,95}$/;

/** One file of a hand-out, encrypted to the customer. */
export interface HandOutFile {
  /** Of the plain file: of the model its name in the vault, of others beside it their place there. */
  readonly name: string;
  /** Of the encrypted file. */
  readonly bytes: number;
  /** SHA-256 of the encrypted file, hex. */
  readonly sha256: string;
  /** Name below objects/. */
  readonly object: string;
}

/** A marked copy of a model that lies in the vault for one customer to fetch. Only he can open it. */
export interface HandOut {
  /** Name of the model in the vault. */
  readonly model: string;
  readonly customer: string;
  readonly deposited: string;
  /** From when on nobody gets it any more; null for never. */
  readonly expires: string | null;
  /** The customer's age recipient. */
  readonly encryptedTo: string;
  readonly payload: string | null;
  /** SHA-256 of the plain copy's file, hex. */
  readonly copy: string;
  /** The model first, then what lies beside it. */
  readonly files: HandOutFile[];
}

export const handOutSchema: z.ZodType<HandOut> = z.strictObject({
  model: z.string(),
  customer: z.string().regex(CUSTOMER),
  deposited: z.iso.datetime(),
  expires: z.iso.datetime().nullable(),
  encryptedTo: z.string(),
  payload: z.string().nullable(),
  copy: z.string().regex(/^[0-9a-f]{64}$/),
  files: z
    .array(
      z.strictObject({
        name: z.string().min(1).max(1000),
        bytes: z.int().min(0),
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
        object: z.string().regex(/^[0-9a-f]{32}\.age$/),
      }),
    )
    .min(1),
});

type HandOuts = { readonly handOuts: readonly HandOut[] };

/** What lies there of a model for a customer, or null. */
export function handOutFor({ handOuts }: HandOuts, model: string, customer: string): HandOut | null {
  return handOuts.find((each) => each.model === model && each.customer === customer) ?? null;
}

/** All hand-outs but that of a model for a customer. */
export function otherHandOuts({ handOuts }: HandOuts, model: string, customer: string): HandOut[] {
  return handOuts.filter((each) => each.model !== model || each.customer !== customer);
}

/** Whether nobody gets it any more. */
export function isExpired({ expires }: Pick<HandOut, "expires">, now: Date): boolean {
  return expires !== null && Date.parse(expires) <= now.getTime();
}

/** @throws VaultError VAULT_NAME */
export function requireCustomer(customer: string): void {
  if (CUSTOMER.test(customer)) return;
  throw new VaultError(
    "VAULT_NAME",
    `${JSON.stringify(customer.slice(0, 100))} is no customer id`,
    "Use letters, digits and . _ @ + -, at most 96 of them, and begin with a letter or digit.",
  );
}

/** What is said where there is nothing for a customer. */
export function noHandOut(model: string, customer: string): VaultError {
  return new VaultError(
    "VAULT_HANDOUT_UNKNOWN",
    `nothing lies there of ${JSON.stringify(model)} for ${JSON.stringify(customer)}`,
    "See `indicia vault list`.",
  );
}
