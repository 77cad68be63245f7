import { SuspectError } from "./error.js";
import type { FetchRequest } from "./guarded-fetch.js";

/** Statuses that lead elsewhere (RFC 9110, section 15.4). */
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];
/** Those of them that keep method and body. */
const KEEPING: readonly number[] = [307, 308];
/** Headers that describe the content; all others may carry credentials and stay with the origin they were given for. */
const OF_CONTENT: readonly string[] = ["accept", "content-type", "inference-header-content-length"];

/**
 * Where a redirect leads, or null where there is none. A request with a body is only repeated where the status keeps
 * it (307, 308), https is never left for http, and another origin gets no credentials.
 *
 * @throws SuspectError SUSPECT_REDIRECT
 */
export function redirected(
  request: FetchRequest,
  status: number,
  location: string | undefined,
): FetchRequest | null {
  if (!REDIRECTS.includes(status) || location === undefined) return null;
  if (!URL.canParse(location, request.url.href)) throw refused(status, "to no address");
  const url = new URL(location, request.url);
  if (request.method !== "GET" && !KEEPING.includes(status))
    throw refused(status, "and drops what was asked");
  if (request.url.protocol === "https:" && url.protocol === "http:")
    throw refused(status, "from https to http");
  if (url.origin === request.url.origin) return { ...request, url };
  const headers = Object.entries(request.headers).filter(([name]) => OF_CONTENT.includes(name.toLowerCase()));
  return { ...request, url, headers: Object.fromEntries(headers) };
}

/** @param how for example "to no address" */
function refused(status: number, how: string): SuspectError {
  return new SuspectError(
    "SUSPECT_REDIRECT",
    `the endpoint redirects ${how} (status ${status}), which is not followed`,
    "Find out where it leads, and give that address.",
  );
}
