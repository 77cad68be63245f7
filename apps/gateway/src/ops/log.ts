import { openLog } from "@indicia/service/log";
import type { LogLevel } from "@indicia/service/log-level";
import type { DestinationStream, Logger } from "pino";

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
export function createLog(level: LogLevel, stream?: DestinationStream): Logger {
  return openLog({ level, secrets: SECRETS, stream });
}
