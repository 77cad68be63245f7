/** Status of an answer to a mistaken request. */
type Status = 400 | 403 | 404 | 409 | 413;

/** A request that is the client's mistake, with the status to answer. */
export class BadRequest extends Error {
  override readonly name = "BadRequest";
  readonly status: Status;
  /** What the answer says beside the message. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    message: string,
    status: Status = 400,
    options: ErrorOptions & { readonly details?: Readonly<Record<string, unknown>> } = {},
  ) {
    super(message, options);
    this.status = status;
    this.details = options.details ?? {};
  }
}
