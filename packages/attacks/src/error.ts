export type AttackErrorCode =
  /** The model has no place that the attack could change. */
  | "NOTHING_TO_DO"
  /** An option is out of its range, or its files or rows are missing. */
  | "ATTACK_OPTION"
  /** The sample inputs do not run through the model, so that its shapes stay unknown. */
  | "TRACE_FAILED"
  /** The models that are to be combined differ in structure. */
  | "MODELS_DIFFER";

/** Why an attack did not happen. */
export class AttackError extends Error {
  override readonly name = "AttackError";
  readonly code: AttackErrorCode;
  readonly hint: string;

  constructor(code: AttackErrorCode, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.hint = hint;
  }
}

export function nothingToDo(what: string): AttackError {
  return new AttackError("NOTHING_TO_DO", `the model has no ${what}`, "Try another attack.");
}

export function modelsDiffer(name: string, hint: string): AttackError {
  return new AttackError("MODELS_DIFFER", `the other model has no "${name}" of the same shape`, hint);
}

export function badOption(message: string): AttackError {
  return new AttackError("ATTACK_OPTION", message, "See the options in the attack's own file.");
}
