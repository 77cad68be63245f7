import type { SecretEntryType } from "./secret-entries.js";

// Types alone are imported: a command line names the entries without loading their schemas.

const KNOWN: { readonly [T in SecretEntryType]: true } = {
  secret: true,
  "access-granted": true,
  "access-revoked": true,
  "measure-added": true,
  "measure-ended": true,
  review: true,
  correction: true,
};

/** Types of lines, in the order in which they are explained. */
export const SECRET_TYPES: readonly SecretEntryType[] = Object.keys(KNOWN).filter(isSecretType);

/** Whether a line is of a type that a register of trade secrets knows. */
export function isSecretType(type: string): type is SecretEntryType {
  return Object.hasOwn(KNOWN, type);
}
