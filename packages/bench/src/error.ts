export type BenchErrorCode =
  | "BENCH_UNKNOWN"
  | "BENCH_USAGE"
  | "GOAL_INVALID"
  | "ROW_INVALID"
  | "CORPUS_INVALID"
  | "CORPUS_MISSING"
  | "CORPUS_CHANGED"
  | "LOCKFILE_INVALID"
  | "MAGIKA_CONFIG"
  | "COMMAND_FAILED"
  | "PROGRAM_MISSING"
  | "NULL_CASE"
  | "MODEL_UNSUITABLE"
  | "DATA_INVALID"
  | "BASELINE_ROWS"
  | "ARTEFACT_FAILED";

/** A measurement that cannot be made as asked. */
export class BenchError extends Error {
  override readonly name = "BenchError";
  readonly code: BenchErrorCode;
  readonly hint: string;

  constructor(code: BenchErrorCode, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.hint = hint;
  }
}
