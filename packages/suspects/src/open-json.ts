import { SuspectError } from "./error.js";
import type { GuardedFetch } from "./guarded-fetch.js";
import { jsonProtocol } from "./json.js";
import { jsonConfig, readJsonConfig } from "./json-config.js";
import type { OpenedProtocol, ProtocolOptions } from "./opener.js";
import { requestHeaders } from "./user-headers.js";

/** Open an endpoint that its configuration describes. @throws SuspectError SUSPECT_CONFIG */
export async function jsonEndpoint(
  _: GuardedFetch,
  { url, config, settings }: ProtocolOptions,
): Promise<OpenedProtocol> {
  if (config === null && settings === undefined) {
    throw new SuspectError(
      "SUSPECT_CONFIG",
      "the json protocol needs a configuration",
      "Give --config FILE; see --help for an example.",
    );
  }
  const read = config === null ? jsonConfig(settings) : readJsonConfig(config);
  return { protocol: jsonProtocol(url, read), headers: requestHeaders(read.headers) };
}
