export type AttackErrorCode = "NOTHING_TO_DO" | "MODEL_UNSUITABLE";

/** Why an attack does not apply to a model. */
export class AttackError extends Error {
  override readonly name = "AttackError";
  readonly code: AttackErrorCode;

  constructor(code: AttackErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The model has no place for this attack. */
export function nothingToDo(what: string): AttackError {
  return new AttackError("NOTHING_TO_DO", `the model has ${what}`);
}
