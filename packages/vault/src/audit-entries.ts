import { z } from "zod";

/** What is done to a vault. `to` are recipients, or the word "passphrase". */
export interface AuditEntries {
  readonly created: { readonly to: string[] };
  readonly added: {
    readonly name: string;
    readonly to: string[];
    readonly sha256: string;
    readonly external: string[];
    readonly signed: boolean;
  };
  readonly opened: { readonly name: string; readonly sha256: string };
  /** Decrypted to see whether it can be, and thrown away. */
  readonly checked: { readonly name: string; readonly sha256: string };
  readonly get: {
    readonly name: string;
    readonly sha256: string;
    readonly recipient: string;
    readonly encryptedTo: string | null;
    readonly payload: string | null;
  };
  readonly "handed-out": { readonly name: string; readonly recipient: string; readonly sha256: string };
  /** A copy lies in the vault for a customer to fetch; hashes are of the encrypted files, the model's first. */
  readonly deposited: {
    readonly name: string;
    readonly recipient: string;
    /** SHA-256 of the plain copy, hex. */
    readonly copy: string;
    readonly files: string[];
    readonly encryptedTo: string;
    readonly payload: string | null;
    readonly expires: string | null;
  };
  readonly withdrawn: { readonly name: string; readonly recipient: string; readonly copy: string };
  /** A gateway sends a file of a hand-out to whoever it is for. */
  readonly download: {
    readonly name: string;
    readonly recipient: string;
    readonly account: string;
    readonly file: string;
    /** Of the encrypted file. */
    readonly sha256: string;
  };
  /** A gateway sent nothing to an account that asked for a hand-out. */
  readonly refused: {
    /** Null where the vault has no model that was asked for. */
    readonly name: string | null;
    readonly recipient: string | null;
    readonly account: string;
    /** Such as FORBIDDEN. */
    readonly code: string;
    /** How often, since the last such line. */
    readonly times: number;
  };
  /** What was noted before did not come about. */
  readonly failed: {
    readonly name: string;
    readonly action: "opened" | "checked" | "get" | "download";
    /** Such as VAULT_LOCKED_OUT. */
    readonly code: string;
  };
  readonly "rotation-began": { readonly to: string[] };
  readonly "re-encrypted": { readonly name: string; readonly to: string[] };
  readonly rotated: { readonly to: string[]; readonly models: number };
}
export type AuditType = keyof AuditEntries;

const text: z.ZodType<string> = z.string();
const hash: z.ZodType<string> = z.string().regex(/^[0-9a-f]{64}$/);
const to: z.ZodType<string[]> = z.array(z.string());
type Schema = z.ZodType<Readonly<Record<string, unknown>>>;

/** `by` is who the system said it was. */
export const ENTRY_SCHEMAS: { readonly [T in AuditType]: Schema } = {
  created: z.strictObject({ by: text, to }),
  added: z.strictObject({
    by: text,
    name: text,
    to,
    sha256: hash,
    external: z.array(hash),
    signed: z.boolean(),
  }),
  opened: z.strictObject({ by: text, name: text, sha256: hash }),
  checked: z.strictObject({ by: text, name: text, sha256: hash }),
  failed: z.strictObject({
    by: text,
    name: text,
    action: z.enum(["opened", "checked", "get", "download"]),
    code: text,
  }),
  get: z.strictObject({
    by: text,
    name: text,
    sha256: hash,
    recipient: text,
    encryptedTo: text.nullable(),
    payload: text.nullable(),
  }),
  deposited: z.strictObject({
    by: text,
    name: text,
    recipient: text,
    copy: hash,
    files: z.array(hash),
    encryptedTo: text,
    payload: text.nullable(),
    expires: text.nullable(),
  }),
  withdrawn: z.strictObject({ by: text, name: text, recipient: text, copy: hash }),
  download: z.strictObject({
    by: text,
    name: text,
    recipient: text,
    account: text,
    file: text,
    sha256: hash,
  }),
  refused: z.strictObject({
    by: text,
    name: text.nullable(),
    recipient: text.nullable(),
    account: text,
    code: text,
    times: z.int().min(1),
  }),
  "handed-out": z.strictObject({ by: text, name: text, recipient: text, sha256: hash }),
  "rotation-began": z.strictObject({ by: text, to }),
  "re-encrypted": z.strictObject({ by: text, name: text, to }),
  rotated: z.strictObject({ by: text, to, models: z.int().min(0) }),
};

/** Of the line that a chain writes itself, after a crash. */
export const RECOVERED_SCHEMA: Schema = z.record(z.string(), z.unknown());

export function isAuditType(type: string): type is AuditType {
  return Object.hasOwn(ENTRY_SCHEMAS, type);
}
