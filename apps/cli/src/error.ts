export type CliErrorCode =
  | "USAGE"
  | "PROTOCOL_UNAVAILABLE"
  | "GATEWAY_FAILED"
  | "VERIFIER_FAILED"
  | "ABORTED";

/** What went wrong at the command line itself, with what to do about it. */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly code: CliErrorCode;
  readonly hint: string;

  constructor(code: CliErrorCode, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.hint = hint;
  }
}
