/** A request that is the client's mistake, with the status to answer. */
export class BadRequest extends Error {
  override readonly name = "BadRequest";
  readonly status: 400 | 403 | 404 | 413;

  constructor(message: string, status: 400 | 403 | 404 | 413 = 400, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}
