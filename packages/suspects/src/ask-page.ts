import { exchange, FORGETFUL } from "./exchange.js";
import type { GuardedFetch } from "./guarded-fetch.js";
import type { ProtocolOptions } from "./opener.js";
import type { ReceivedAnswer } from "./protocol.js";
import { requestHeaders } from "./user-headers.js";

/** Ask for a page; metadata are exchanges like all others. */
export type AskPage = (method: "GET" | "POST", url: URL, body?: Uint8Array) => Promise<ReceivedAnswer>;

/** Asks for pages of metadata while an endpoint is opened, on the record, with the user's headers. */
export function pageAsker(
  fetch: GuardedFetch,
  { headers, recorder = FORGETFUL }: Pick<ProtocolOptions, "headers" | "recorder">,
): AskPage {
  const secrets = requestHeaders(headers);
  return (method, url, body) =>
    exchange(fetch, recorder, {
      method,
      url,
      headers: body === undefined ? {} : { "content-type": "application/json" },
      ...(body === undefined ? {} : { body }),
      secrets,
      probes: [],
    });
}
