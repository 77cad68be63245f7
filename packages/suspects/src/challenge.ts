import { SuspectError } from "./error.js";
import type { ReceivedAnswer } from "./protocol.js";

/** Bytes of a page that are looked through: what makes it a challenge stands in its head. */
const MAX_LOOKED_AT = 65_536;

/**
 * Words that only pages have which ask whether one is human: those of Cloudflare, AWS WAF, Imperva, Akamai, HUMAN,
 * DataDome, hCaptcha, reCAPTCHA and Turnstile, and what such pages say.
 */
const MARKERS: readonly RegExp[] = [
  /\/cdn-cgi\/challenge-platform\//,
  /_cf_chl_opt|cf-chl-|cf-turnstile|challenges\.cloudflare\.com/,
  /<title>\s*(?:Just a moment\.\.\.|Attention Required! \| Cloudflare)/i,
  /awsWafCookieDomainList|AwsWafIntegration|\.awswaf\.com\//,
  /_Incapsula_Resource|Incapsula incident ID/,
  /px-captcha|captcha\.px-cdn\.net/,
  /captcha-delivery\.com/,
  /hcaptcha\.com\/1\/api\.js|class="h-captcha"/,
  /google\.com\/recaptcha\/|class="g-recaptcha"/,
  /(?:verify|confirm|prove)(?:ing)? (?:that )?you(?:'|&#39;|’)?(?: a)?re (?:a )?(?:human|not a robot)/i,
  /unusual traffic from your (?:computer )?network/i,
  /enable JavaScript and cookies to continue/i,
];

/**
 * Whether an answer asks for a human in place of answering, and how it shows.
 *
 * @param answeredBefore whether this endpoint has given usable answers; a page in their place is then a challenge, or a
 *   wall of its kind, whatever it says
 * @returns null for any other answer
 */
export function challengeIn(answer: ReceivedAnswer, answeredBefore: boolean): string | null {
  const { status, headers, body } = answer;
  // Cloudflare, "Detect a Challenge Page response"; AWS WAF, "How the CAPTCHA and Challenge actions work".
  if (/^challenge$/i.test(headers["cf-mitigated"] ?? "")) return "the header cf-mitigated says so";
  const action = /^(?:captcha|challenge)$/i.exec(headers["x-amzn-waf-action"] ?? "")?.[0];
  if (action !== undefined) return `the header x-amzn-waf-action says ${action.toLowerCase()}`;
  if (!/^\s*(?:text\/html|application\/xhtml\+xml)\b/i.test(headers["content-type"] ?? "")) return null;
  const page = new TextDecoder().decode(body.subarray(0, MAX_LOOKED_AT));
  const marker = MARKERS.map((each) => each.exec(page)?.[0]).find((found) => found !== undefined);
  if (marker !== undefined) return `its page holds "${marker.slice(0, 60)}"`;
  // A page of status 503 may be that of a server which is about to come back.
  return answeredBefore && (status === 200 || status === 403)
    ? "a web page came where answers came before"
    : null;
}

/** Asking stops here: somebody has to look, and to decide whether it may go on. */
export function challenged(status: number, shown: string): SuspectError {
  return new SuspectError(
    "SUSPECT_CHALLENGED",
    `the endpoint asks for a human in place of answering (status ${status}: ${shown})`,
    "Pause. Ask whoever runs it for access, or go on later with --resume and a lower --rate; what was answered is kept.",
  );
}
