/** What the service answers with, by kind; the status of each stands in `STATUS` below. */
export type VerifierErrorCode =
  | "REQUEST_INVALID"
  | "SIGN_IN_REQUIRED"
  | "SIGN_IN_FAILED"
  | "ROLE_REQUIRED"
  | "CSRF_REQUIRED"
  | "NOT_FOUND"
  | "CONFLICT"
  | "STATE_CONFLICT"
  | "PRECONDITION_FAILED"
  | "PRECONDITION_REQUIRED"
  | "IDEMPOTENCY_MISMATCH"
  | "TOO_LARGE"
  | "TOO_MANY_REQUESTS"
  | "UNPROCESSABLE"
  | "UNAVAILABLE"
  | "CONFIG_INVALID"
  | "DATA_LOCKED"
  | "DATA_INVALID";

/** HTTP status of each code (RFC 9110, RFC 6585). Those of the program itself never reach a client. */
export const STATUS: Readonly<
  Record<VerifierErrorCode, 400 | 401 | 403 | 404 | 409 | 412 | 413 | 422 | 428 | 429 | 500 | 503>
> = {
  REQUEST_INVALID: 400,
  SIGN_IN_REQUIRED: 401,
  SIGN_IN_FAILED: 401,
  ROLE_REQUIRED: 403,
  CSRF_REQUIRED: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  STATE_CONFLICT: 409,
  PRECONDITION_FAILED: 412,
  PRECONDITION_REQUIRED: 428,
  IDEMPOTENCY_MISMATCH: 422,
  TOO_LARGE: 413,
  TOO_MANY_REQUESTS: 429,
  UNPROCESSABLE: 422,
  UNAVAILABLE: 503,
  CONFIG_INVALID: 500,
  DATA_LOCKED: 500,
  DATA_INVALID: 500,
};

/** What went wrong, with what to do about it. */
export class VerifierError extends Error {
  override readonly name = "VerifierError";
  readonly code: VerifierErrorCode;
  readonly hint: string;
  /** Seconds until it is worth trying again, where that is known. */
  readonly retryAfter: number | null;

  constructor(
    code: VerifierErrorCode,
    message: string,
    hint: string,
    options: ErrorOptions & { readonly retryAfter?: number } = {},
  ) {
    super(message, options);
    this.code = code;
    this.hint = hint;
    this.retryAfter = options.retryAfter ?? null;
  }
}
