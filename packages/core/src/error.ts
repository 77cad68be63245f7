export type CoreErrorCode =
  | "NO_MARKABLE_WEIGHTS"
  | "NO_READOUT"
  | "FEATURES_DEGENERATE"
  | "FEATURES_SHAPE"
  | "REGISTRATION_INVALID"
  | "OUTPUT_EXISTS"
  | "FOLDER_INVALID"
  | "WRONG_KEY"
  | "WRONG_REFERENCE"
  | "WRONG_REGISTRATION"
  | "PAYLOAD_TOO_LONG"
  | "STRENGTH_OUT_OF_RANGE"
  | "BUDGET_UNREACHABLE"
  | "NOTHING_TO_MARK"
  | "NOTHING_OBSERVED"
  | "OBSERVATION_INVALID"
  | "PROBES_UNSUITABLE"
  | "ANSWERS_UNUSABLE"
  | "REFERENCE_REQUIRED"
  | "SHADOWS_INVALID"
  | "BEACON_PENDING"
  | "ABORTED";

/** What went wrong in registering, marking or examining, with what to do about it. */
export class CoreError extends Error {
  override readonly name = "CoreError";
  readonly code: CoreErrorCode;
  readonly hint: string;

  constructor(code: CoreErrorCode, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.hint = hint;
  }
}
