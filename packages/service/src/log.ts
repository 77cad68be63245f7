import { type DestinationStream, destination, type Logger, pino, stdTimeFunctions } from "pino";
import type { LogLevel } from "./log-level.js";

const STDERR = 2;

export interface LogOptions {
  readonly level: LogLevel;
  /** Paths of what a line must not show, as pino has them. */
  readonly secrets: readonly string[];
  /** Elsewhere than stderr, for tests. */
  readonly stream?: DestinationStream | undefined;
}

/** Lines of JSON on stderr, one for each event, with secrets taken out. */
export function openLog({ level, secrets, stream }: LogOptions): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      redact: { paths: [...secrets], censor: "[taken out]" },
      formatters: { level: (label) => ({ level: label }) },
    },
    stream ?? destination({ dest: STDERR, sync: false }),
  );
}
