export type AutodiffErrorCode =
  /** The way from a wanted value to the loss passes an operator that has no gradient here. */
  | "NO_GRADIENT"
  /** The model's operator set is outside the range that the rules know. */
  | "OPSET_UNSUPPORTED"
  /** A rank or size that a rule needs is known only when the model runs. */
  | "SHAPE_UNKNOWN"
  /** The loss is no scalar. */
  | "LOSS_SHAPE"
  /** A value is asked for that the graph does not have. */
  | "VALUE_UNKNOWN"
  /** Inputs or targets that do not fit the model or one another. */
  | "DATA_SHAPE"
  /** No weight is chosen, or none has an influence on the loss. */
  | "NOTHING_TO_TRAIN"
  /** The loss is infinite or no number. */
  | "LOSS_DIVERGED"
  /** A checkpoint that is damaged, or of another training. */
  | "CHECKPOINT_INVALID"
  /** An architecture that is unknown, or does not fit the input. */
  | "ARCHITECTURE"
  | "ABORTED";

/** Why a graph cannot be differentiated, with what to do about it. */
export class AutodiffError extends Error {
  override readonly name = "AutodiffError";
  readonly code: AutodiffErrorCode;
  readonly hint: string;

  constructor(code: AutodiffErrorCode, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.hint = hint;
  }
}

/** What a rule throws for a form of its operator that it does not cover. */
export function noGradient(op: string, node: string, why: string): AutodiffError {
  return new AutodiffError(
    "NO_GRADIENT",
    `${op} (node "${node}") has no gradient: ${why}`,
    "Ask for gradients of values behind this node only, or export the model with other operators.",
  );
}

/** What a rule throws that needs a size which is known only when the model runs. */
export function shapeUnknown(op: string, node: string, what: string): AutodiffError {
  return new AutodiffError(
    "SHAPE_UNKNOWN",
    `the gradient of ${op} (node "${node}") needs ${what}, which cannot be told from the graph`,
    "Export the model with the shapes of its inputs, the batch excepted.",
  );
}
