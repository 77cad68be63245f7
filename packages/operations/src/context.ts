/** A bar for one step of a job. Nothing is shown where stderr is no terminal. */
export interface Progress {
  /**
   * @param total may grow; 0 means that it is not known yet
   * @param note such as the pace
   */
  update(done: number, total: number, note?: string): void;
  stop(): void;
}

/** What a job may use of the world beside the files that its options name. */
export interface Context {
  /** One line of prose, on stderr. */
  readonly say: (line: string) => void;
  /** A new bar on stderr, which replaces the one before. */
  readonly progress: (label: string) => Progress;
  /** Whether the report will be printed, so that a secret in it need not be said as well; absent where it will not. */
  readonly json?: boolean;
  /** Aborts when the user interrupts. */
  readonly signal: AbortSignal;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly now: () => Date;
  /** Ask for a secret at the terminal; null where there is no terminal to ask at. */
  readonly askSecret: ((question: string) => Promise<string>) | null;
}

/** How a job ended, if it did not throw. */
export interface Outcome {
  /** 0 done or match, 1 inconclusive or evidence that does not verify. */
  readonly exitCode: 0 | 1;
  /** What `--json` prints. */
  readonly report: Readonly<Record<string, unknown>>;
}

export type Job<Options> = (options: Options, context: Context) => Promise<Outcome>;
