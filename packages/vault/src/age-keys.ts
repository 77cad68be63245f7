import { Decrypter, Encrypter } from "age-encryption";
import { VaultError } from "./error.js";

/** To whom something is encrypted: age recipients, or whoever knows a passphrase. age allows no mixture. */
export type Lock =
  | { readonly kind: "recipients"; readonly recipients: readonly string[] }
  | { readonly kind: "passphrase"; readonly passphrase: string; readonly workFactor?: number };

/** What opens it: age identities, or the passphrase. */
export type Unlock =
  | { readonly kind: "identities"; readonly identities: readonly string[] }
  | { readonly kind: "passphrase"; readonly passphrase: string };

/** log2 of scrypt's cost, age's own default: about one second, and 256 MiB. */
const WORK_FACTOR = 18;

/** @throws VaultError VAULT_RECIPIENT */
export function encrypterFor(lock: Lock): Encrypter {
  const encrypter = new Encrypter();
  if (lock.kind === "passphrase") {
    encrypter.setPassphrase(lock.passphrase);
    encrypter.setScryptWorkFactor(lock.workFactor ?? WORK_FACTOR);
    return encrypter;
  }
  if (lock.recipients.length === 0)
    throw new VaultError("VAULT_RECIPIENT", "there is nobody to encrypt to", "Name an age recipient.");
  for (const recipient of lock.recipients) {
    try {
      encrypter.addRecipient(recipient);
    } catch (cause) {
      throw new VaultError(
        "VAULT_RECIPIENT",
        `${JSON.stringify(recipient.slice(0, 100))} is no age recipient`,
        "Recipients begin with age1; age-keygen shows that of a key.",
        { cause },
      );
    }
  }
  return encrypter;
}

/** @throws VaultError VAULT_KEY_MALFORMED */
export function decrypterFor(unlock: Unlock): Decrypter {
  const decrypter = new Decrypter();
  if (unlock.kind === "passphrase") {
    decrypter.addPassphrase(unlock.passphrase);
    return decrypter;
  }
  for (const identity of unlock.identities) {
    try {
      decrypter.addIdentity(identity);
    } catch (cause) {
      // The identity is a secret: it is not repeated.
      throw new VaultError("VAULT_KEY_MALFORMED", "this is no age identity", "Give a file from age-keygen.", {
        cause,
      });
    }
  }
  return decrypter;
}

/** The library has no codes; this is its sentence for "none of these opens it". */
export function isWrongKey(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("no identity matched");
}

/** Wraps the keys of other things, such as segments of a query log, for age recipients. */
export function ageWrap(lock: Lock): (key: Uint8Array) => Promise<Uint8Array> {
  const encrypter = encrypterFor(lock);
  return (key) => encrypter.encrypt(key);
}

/** Opens what `ageWrap` wrapped; null where none of the keys does. */
export function ageUnwrap(unlock: Unlock): (wrapped: Uint8Array) => Promise<Uint8Array | null> {
  const decrypter = decrypterFor(unlock);
  return async (wrapped) => {
    try {
      return await decrypter.decrypt(wrapped);
    } catch (error) {
      if (isWrongKey(error)) return null;
      throw error;
    }
  };
}
