/** What a command of the gateway's own command line came to. */
export interface Outcome {
  /** 0 done, 1 something does not check out, 2 the caller's mistake. */
  readonly exitCode: 0 | 1 | 2;
  /** What `--json` prints. */
  readonly report: Readonly<Record<string, unknown>>;
  /** The same in lines for a person. */
  readonly lines: readonly string[];
}

/** A command line that was not understood. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly code = "GATEWAY_USAGE";
}
