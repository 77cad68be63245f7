import { exchange, FORGETFUL } from "./exchange.js";
import type { GuardedFetch } from "./guarded-fetch.js";
import { openOip } from "./oip.js";
import type { OpenedProtocol, ProtocolOptions } from "./opener.js";
import { requestHeaders } from "./user-headers.js";

/** Open an endpoint of the Open Inference Protocol; see `openOip`. */
export async function oipEndpoint(fetch: GuardedFetch, options: ProtocolOptions): Promise<OpenedProtocol> {
  const { url, model, output = null, binary = null, recorder = FORGETFUL } = options;
  const secrets = requestHeaders(options.headers);
  const protocol = await openOip(
    (method, page, body) =>
      exchange(fetch, recorder, {
        method,
        url: page,
        headers: body === undefined ? {} : { "content-type": "application/json" },
        ...(body === undefined ? {} : { body }),
        secrets,
        probes: [],
      }),
    { url, model, output, binary },
  );
  return { protocol, headers: {} };
}
