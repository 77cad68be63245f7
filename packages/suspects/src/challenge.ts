import { SuspectError } from "./error.js";
import type { ReceivedAnswer } from "./protocol.js";

/** As much of an answer as is searched; what challenges is a small page. */
const SEARCHED_BYTES = 64 * 1024;
/** Statuses that come with challenges; 200 too, since some pages are served as if all were well. */
const STATUSES: readonly number[] = [200, 202, 401, 403, 405, 429, 503];
/** Words on pages that want to know whether a person is asking. */
const WORDS =
  /captcha|turnstile|cf-chl|challenge-platform|verify (?:that )?you are (?:a )?human|are you a robot|unusual traffic/i;

/**
 * Whether an answer asks for a person in place of answering: a web page, to a program that asked for numbers, with the
 * words of a challenge; or a header by which a network in front of the endpoint says so.
 */
export function isChallenge({ status, headers, body }: ReceivedAnswer): boolean {
  if (!STATUSES.includes(status)) return false;
  if (headers["cf-mitigated"]?.toLowerCase() === "challenge") return true;
  if (headers["x-amzn-waf-action"]?.toLowerCase() === "captcha") return true;
  if (!/^text\/html\b/i.test(headers["content-type"] ?? "")) return false;
  return WORDS.test(Buffer.from(body.subarray(0, SEARCHED_BYTES)).toString("latin1"));
}

/** What is told of it. */
export function challenged(status: number): SuspectError {
  return new SuspectError(
    "SUSPECT_CHALLENGE",
    `the endpoint answers ${status} with a page that asks for a person`,
    "Settle it with whoever runs the endpoint, or ask more slowly; then go on.",
  );
}
