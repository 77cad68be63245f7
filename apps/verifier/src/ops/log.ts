import { type DestinationStream, destination, type Logger, pino, stdTimeFunctions } from "pino";

const STDERR = 2;
/** Names of what lets others pass for somebody, wherever in a line they stand. */
const SECRETS = [
  "authorization",
  "proxy-authorization",
  "cookie",
  "set-cookie",
  "x-csrf-token",
  "csrf",
  "password",
  "passphrase",
  "ticket",
  "token",
  "key",
  "secret",
];

export const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * Lines of JSON on stderr, one for each event, with secrets taken out.
 *
 * @param stream elsewhere than stderr, for tests
 */
export function createLog(
  level: LogLevel,
  stream: DestinationStream = destination({ dest: STDERR, sync: false }),
): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      redact: {
        paths: SECRETS.flatMap((name) => [`["${name}"]`, `*["${name}"]`, `*.*["${name}"]`]),
        censor: "[taken out]",
      },
      formatters: { level: (label) => ({ level: label }) },
    },
    stream,
  );
}

/** What may be told of an error: its code and words, and where it comes from. */
export function toldError(error: unknown): Readonly<Record<string, unknown>> {
  if (!(error instanceof Error)) return { message: String(error) };
  const { name, message, stack } = error;
  return { name, message, ...("code" in error ? { code: error.code } : {}), stack };
}
