import { type DestinationStream, destination, type Logger, pino, stdTimeFunctions } from "pino";
import type { LogLevel } from "../config/config.js";

const STDERR = 2;
/** What shows who somebody is, or lets others pass for him. */
const SECRET_HEADERS = [
  "authorization",
  "proxy-authorization",
  "cookie",
  "set-cookie",
  "x-api-key",
  "x-client-cert",
  "x-forwarded-client-cert",
];
const SECRETS: string[] = [
  ...SECRET_HEADERS.map((name) => `headers["${name}"]`),
  ...["token", "key", "password", "signature"].flatMap((name) => [name, `*.${name}`]),
];

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
      redact: { paths: SECRETS, censor: "[taken out]" },
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

/** What may be told of an error whose code and hint say all there is to do: no stack. */
export function plainError(error: unknown): Readonly<Record<string, unknown>> {
  if (!(error instanceof Error)) return { message: String(error) };
  const code = "code" in error ? { code: error.code } : {};
  const hint = "hint" in error ? { hint: error.hint } : {};
  return { ...code, message: error.message, ...hint };
}
