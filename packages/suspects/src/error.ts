export type SuspectErrorCode =
  | "SUSPECT_ADDRESS"
  | "SUSPECT_UNREACHABLE"
  | "SUSPECT_CERTIFICATE"
  | "SUSPECT_REDIRECT"
  | "SUSPECT_TIMEOUT"
  | "SUSPECT_CUT_SHORT"
  | "SUSPECT_TOO_LARGE"
  | "SUSPECT_PROTOCOL"
  | "SUSPECT_REFUSED"
  | "SUSPECT_NOT_READY"
  | "SUSPECT_BUSY"
  | "SUSPECT_CHALLENGED"
  | "SUSPECT_MODEL_UNKNOWN"
  | "SUSPECT_OUTPUT_UNKNOWN"
  | "SUSPECT_INPUTS"
  | "SUSPECT_CONFIG"
  | "SUSPECT_SILENT"
  | "SUSPECT_CLOSED";

/** Why a suspect cannot be asked, with what to do about it. */
export class SuspectError extends Error {
  override readonly name = "SuspectError";
  readonly code: SuspectErrorCode;
  readonly hint: string;
  /** How long the suspect asks to wait, in milliseconds, where it said so. */
  readonly retryAfterMs: number | null;

  constructor(
    code: SuspectErrorCode,
    message: string,
    hint: string,
    options: ErrorOptions & { readonly retryAfterMs?: number } = {},
  ) {
    super(message, options);
    this.code = code;
    this.hint = hint;
    this.retryAfterMs = options.retryAfterMs ?? null;
  }
}
