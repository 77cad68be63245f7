import { openLog } from "@indicia/service/log";
import type { LogLevel } from "@indicia/service/log-level";
import type { DestinationStream, Logger } from "pino";

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

/**
 * Lines of JSON on stderr, one for each event, with secrets taken out.
 *
 * @param stream elsewhere than stderr, for tests
 */
export function createLog(level: LogLevel, stream?: DestinationStream): Logger {
  const secrets = SECRETS.flatMap((name) => [`["${name}"]`, `*["${name}"]`, `*.*["${name}"]`]);
  return openLog({ level, secrets, stream });
}
