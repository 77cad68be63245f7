import { describe, expect, it } from "vitest";
import { challengeIn } from "./challenge.js";
import type { ReceivedAnswer } from "./protocol.js";
import { knownAnswers, knownInputs } from "./test-support/known-function.js";
import { type LabOptions, openLab, spokenJson } from "./test-support/lab.js";
import { memoryRecorder } from "./test-support/memory-recorder.js";

const HTML = { "content-type": "text/html; charset=UTF-8" };
/** Four rows per request. */
const SPOKEN = spokenJson("vector");
const probes = (rows: number): number[] => Array.from({ length: rows }, (_, i) => i);
const answer = (status: number, headers: Readonly<Record<string, string>>, body: string): ReceivedAnswer => ({
  status,
  headers,
  body: new TextEncoder().encode(body),
});
/** As Cloudflare's documentation has it ("Detect a Challenge Page response"). */
const CLOUDFLARE = { ...HTML, "cf-mitigated": "challenge", "cf-ray": "8f2b3c4d5e6f7-SJC" };

describe("a challenge", () => {
  it.each([
    ["Cloudflare's header", answer(403, CLOUDFLARE, "")],
    // AWS WAF Developer Guide, "CAPTCHA and Challenge action behavior".
    ["AWS WAF's captcha", answer(405, { "x-amzn-waf-action": "captcha" }, "")],
    ["AWS WAF's challenge", answer(202, { "x-amzn-waf-action": "challenge" }, "")],
    ["Cloudflare's title", answer(503, HTML, "<head><title>Just a moment...</title>")],
    ["reCAPTCHA", answer(200, HTML, '<div class="g-recaptcha" data-sitekey="x">')],
    ["hCaptcha", answer(429, HTML, '<script src="https://hcaptcha.com/1/api.js">')],
    ["words", answer(200, HTML, "Please verify you are human to continue")],
  ])("is known by %s, from the first answer on", (_, received) => {
    expect(challengeIn(received, false)).toEqual(expect.any(String));
  });

  it.each([
    ["JSON that speaks of one", answer(200, { "content-type": "application/json" }, '"g-recaptcha captcha"')],
    ["a page of a server that restarts", answer(503, HTML, "<h1>503 Service Temporarily Unavailable</h1>")],
    ["a page that was not found", answer(404, HTML, "<h1>Not Found</h1>")],
    ["an answer without a type", answer(200, {}, "<title>Just a moment...</title>")],
    ["Cloudflare's other answers", answer(200, { "cf-ray": "8f2b3c4d5e6f7-SJC" }, "[]")],
  ])("is not %s", (_, received) => {
    expect(challengeIn(received, true)).toBeNull();
  });

  it.each([200, 403])("is any page of status %i where answers came before", (status) => {
    const page = answer(status, HTML, "<h1>Hello</h1>");
    expect(challengeIn(page, true)).toEqual(expect.any(String));
    expect(challengeIn(page, false)).toBeNull();
  });
});

describe("a suspect that challenges whoever asks", () => {
  const challenging = (from: number): LabOptions => ({
    meddle: (n) => (n >= from ? { status: 403, headers: CLOUDFLARE, body: "<html>" } : {}),
  });

  it("is asked no more; what was answered is kept, and what was not stays lost", async () => {
    const lab = await openLab(SPOKEN, challenging(2));
    const suspect = await lab.open({ concurrency: 1 });
    const recorder = memoryRecorder();
    await expect(suspect.query(knownInputs(40), probes(40), recorder)).rejects.toMatchObject({
      code: "SUSPECT_CHALLENGED",
    });
    expect(lab.asked).toHaveLength(3);
    const later = await lab.open();
    const replayed = recorder.queries.flatMap(({ request, answer: recorded = expect.unreachable() }) =>
      later.replay(recorded, request.probes.length),
    );
    expect(replayed.slice(0, 8)).toEqual(knownAnswers(8));
    const reason = expect.stringContaining("asks for a human") as string;
    expect(replayed.slice(8)).toEqual(Array.from({ length: 4 }, () => ({ kind: "lost", reason })));
  });

  it("at once cannot be asked at all", async () => {
    const lab = await openLab(SPOKEN, challenging(0));
    const suspect = await lab.open();
    await expect(suspect.query(knownInputs(8), probes(8), memoryRecorder())).rejects.toMatchObject({
      code: "SUSPECT_CHALLENGED",
    });
    expect(lab.asked).toHaveLength(1);
  });
});
