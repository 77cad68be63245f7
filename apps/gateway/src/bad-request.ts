/** Status of an answer to a mistaken request. */
type Status = 400 | 403 | 404 | 405 | 409 | 413 | 415;

/** What a mistake is called where nothing more exact is said. */
const CODES: Readonly<Record<Status, string>> = {
  400: "BAD_REQUEST",
  403: "FORBIDDEN",
  404: "NOT_FOUND",
  405: "METHOD_NOT_ALLOWED",
  409: "CONFLICT",
  413: "TOO_LARGE",
  415: "UNSUPPORTED_ENCODING",
};

/** A request that is the client's mistake, with the status to answer. */
export class BadRequest extends Error {
  override readonly name = "BadRequest";
  readonly status: Status;
  /** What the answer says beside the message: a code at least. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    message: string,
    status: Status = 400,
    options: ErrorOptions & { readonly details?: Readonly<Record<string, unknown>> } = {},
  ) {
    super(message, options);
    this.status = status;
    this.details = { code: CODES[status], ...options.details };
  }
}
