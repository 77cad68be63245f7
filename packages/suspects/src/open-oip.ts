import { pageAsker } from "./ask-page.js";
import type { GuardedFetch } from "./guarded-fetch.js";
import { openOip } from "./oip.js";
import type { OpenedProtocol, ProtocolOptions } from "./opener.js";

/** Open an endpoint of the Open Inference Protocol; see `openOip`. */
export async function oipEndpoint(fetch: GuardedFetch, options: ProtocolOptions): Promise<OpenedProtocol> {
  const { url, model, output = null, binary = null } = options;
  return {
    protocol: await openOip(pageAsker(fetch, options), { url, model, output, binary }),
    headers: {},
  };
}
