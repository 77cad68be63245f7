import type { EndpointOptions } from "@indicia/suspects/index";
import type { EndpointSuspect } from "./options.js";

/** How an endpoint is asked, as far as whoever named it decides. */
export function endpointOptions({
  url,
  protocol,
  model,
  config,
  settings,
  secrets,
  headers,
  allowPrivate,
}: EndpointSuspect): Omit<EndpointOptions, "rate" | "budget"> {
  return {
    url,
    protocol,
    model,
    config,
    ...(settings === undefined ? {} : { settings }),
    ...(secrets === undefined ? {} : { secrets: (name: string) => secrets[name] }),
    headers: Object.fromEntries(headers),
    allowPrivate,
  };
}
