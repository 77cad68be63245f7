/** What a terminal that closes, a Ctrl-C and a service manager send. */
type EndSignal = "SIGHUP" | "SIGINT" | "SIGTERM";

/**
 * End the process when one of the signals comes: in order, and once.
 *
 * @param options.close what is done before
 * @param options.signals which ones end it; a program that reads its files again on SIGHUP leaves that out
 * @param options.failed told why it could not be done; without it, as Node has it: the error is printed, with code 1
 */
export function endOnSignal(options: {
  readonly close: () => Promise<void>;
  readonly signals: readonly EndSignal[];
  readonly failed?: (error: unknown) => void;
}): void {
  const { close, signals, failed = unhandled } = options;
  let ending: Promise<void> | null = null;
  for (const signal of signals) {
    process.on(signal, () => {
      // A terminal and whoever started it may both say so.
      ending ??= close().then(() => process.exit(0), failed);
    });
  }
}

function unhandled(error: unknown): never {
  throw error;
}
