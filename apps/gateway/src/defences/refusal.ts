/** Statuses with which a defence turns a request away. */
export type RefusalStatus =
  | 400
  | 401
  | 402
  | 403
  | 404
  | 408
  | 409
  | 410
  | 413
  | 422
  | 429
  | 500
  | 502
  | 503
  | 504;

/** A request that a defence turns away. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: RefusalStatus;
  /** In capitals, such as RATE_LIMITED; part of the answer. */
  readonly code: string;
  /** Seconds after which it may be tried again, or null. */
  readonly retryAfter: number | null;
  /** What the answer says beside the message. */
  readonly details: Readonly<Record<string, unknown>>;
  /** Headers of the answer beside Retry-After. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: RefusalStatus,
    code: string,
    message: string,
    options: ErrorOptions & {
      readonly retryAfter?: number | null;
      readonly details?: Readonly<Record<string, unknown>>;
      readonly headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(message, options);
    this.status = status;
    this.code = code;
    this.retryAfter = options.retryAfter ?? null;
    this.details = options.details ?? {};
    this.headers = options.headers ?? {};
  }
}
