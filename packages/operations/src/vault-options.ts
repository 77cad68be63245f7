import type { KeySource as SecretSource } from "@indicia/vault/key-source";
import type { KeySource } from "./key-file.js";
import type { MarkOptions } from "./options.js";

/** A secret of a vault: identities or a passphrase, and where they come from. */
export type VaultSecret =
  | { readonly kind: "identities"; readonly source: SecretSource }
  | { readonly kind: "passphrase"; readonly source: SecretSource };

/** To whom a vault is encrypted. */
export type VaultLock =
  | { readonly kind: "recipients"; readonly recipients: readonly string[] }
  | { readonly kind: "passphrase"; readonly source: SecretSource };

export interface VaultAddOptions {
  readonly vault: string;
  readonly model: string;
  readonly name: string;
  /** Null for whoever the vault is encrypted to already. */
  readonly lock: VaultLock | null;
  /** A signature with the file of its key, or the owner key that is to sign; null for neither. */
  readonly signing:
    | { readonly kind: "given"; readonly signature: string; readonly signerKey: string }
    | { readonly kind: "sign"; readonly key: KeySource }
    | null;
}

export interface VaultGetOptions {
  readonly vault: string;
  readonly name: string;
  readonly secret: VaultSecret;
  /** Who is given the model: a name for the log; of a deposit, the id of a customer. */
  readonly to: string;
  /** PEM of the P-256 key that has to have signed it; null for the one noted with it. */
  readonly signerKey: string | null;
  readonly target: VaultFile | VaultDeposit;
}

/** How a copy is marked. */
export type CopyMark = Omit<MarkOptions, "model" | "out">;

/** A file outside of the vault. */
export interface VaultFile {
  readonly kind: "file";
  readonly out: string;
  /** age recipient, or null for plain files. */
  readonly encryptTo: string | null;
  /** Null for the model as it is. */
  readonly mark: CopyMark | null;
}

/** A copy that lies in the vault until the customer fetches it from a gateway. */
export interface VaultDeposit {
  readonly kind: "deposit";
  readonly encryptTo: string;
  /** ISO 8601, or null for never. */
  readonly expires: string | null;
  readonly mark: CopyMark;
}

export interface VaultWithdrawOptions {
  readonly vault: string;
  readonly name: string;
  /** Id of the customer. */
  readonly to: string;
}

export interface VaultListOptions {
  readonly vault: string;
}

export interface VaultRotateOptions {
  readonly vault: string;
  readonly secret: VaultSecret;
  readonly lock: VaultLock;
}
