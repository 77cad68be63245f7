import { expect, test } from "vitest";
import { isChallenge } from "./challenge.js";

const page = (status: number, text: string, headers: Record<string, string> = {}) => ({
  status,
  headers: { "content-type": "text/html; charset=utf-8", ...headers },
  body: new TextEncoder().encode(text),
});

test.each([
  ["a page with a captcha", page(403, "<html><div class='g-recaptcha'></div></html>")],
  ["one that is served as if all were well", page(200, "<p>Please verify you are human</p>")],
  ["a header of the network in front", page(403, "", { "cf-mitigated": "challenge" })],
  ["another", { ...page(405, ""), headers: { "x-amzn-waf-action": "captcha" } }],
])("%s is a challenge", (_, answer) => expect(isChallenge(answer)).toBe(true));

test.each([
  ["a plain refusal", page(403, "<h1>Forbidden</h1>")],
  [
    "an answer that names such a class",
    { ...page(200, '{"label":"captcha"}'), headers: { "content-type": "application/json" } },
  ],
  ["a page that is not found", page(404, "captcha")],
])("%s is none", (_, answer) => expect(isChallenge(answer)).toBe(false));
