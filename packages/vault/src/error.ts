export type VaultErrorCode =
  | "VAULT_MISSING"
  | "VAULT_EXISTS"
  | "VAULT_MALFORMED"
  | "VAULT_BUSY"
  | "VAULT_RECIPIENT"
  | "VAULT_KEY_MISSING"
  | "VAULT_KEY_MODE"
  | "VAULT_KEY_MALFORMED"
  | "VAULT_KEY_COMMAND"
  | "VAULT_LOCKED_OUT"
  | "VAULT_MODEL_UNKNOWN"
  | "VAULT_MODEL_EXISTS"
  | "VAULT_NAME"
  | "VAULT_OBJECT_MISSING"
  | "VAULT_OBJECT_CHANGED"
  | "VAULT_SIGNATURE_MISSING"
  | "VAULT_SIGNATURE_INVALID"
  | "VAULT_ROTATION_PENDING"
  | "VAULT_AUDIT_CUT"
  | "VAULT_AUDIT_MALFORMED"
  | "VAULT_AUDIT_DIFFERS"
  | "VAULT_HANDOUT_UNKNOWN"
  | "VAULT_HANDOUT_EXPIRED"
  | "VAULT_DATE"
  | "VAULT_OUTPUT_EXISTS";

/** What went wrong with a vault of models, with what to do about it. */
export class VaultError extends Error {
  override readonly name = "VaultError";
  readonly code: VaultErrorCode;
  readonly hint: string;

  constructor(code: VaultErrorCode, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.hint = hint;
  }
}
