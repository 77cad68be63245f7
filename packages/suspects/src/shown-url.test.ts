import { expect, test } from "vitest";
import { exchange } from "./exchange.js";
import { shownUrl } from "./shown-url.js";

const URL_WITH_SECRETS = new URL("https://api.example/v1?api-version=2&api_key=s3cret&sig=s3cret&sig=s3cret");

test("values of parameters that look secret are left out, others stay", () => {
  expect(shownUrl(URL_WITH_SECRETS)).toBe("https://api.example/v1?api-version=2&api_key=...&sig=...");
  expect(shownUrl(new URL("https://api.example/v1?a=b+c%20d#x"))).toBe("https://api.example/v1?a=b+c%20d#x");
});

test("the record has none of them, the endpoint gets them all", async () => {
  const recorded: unknown[] = [];
  const asked: string[] = [];
  const recorder = {
    intent: async (intent: unknown) => recorded.push(intent),
    answer: async () => undefined,
    lost: async () => undefined,
  };
  const answer = { status: 200, headers: {}, body: new Uint8Array(0), address: null, certificate: null };
  await exchange(
    async ({ url }) => {
      asked.push(url.href);
      return answer;
    },
    recorder,
    { method: "GET", url: URL_WITH_SECRETS, headers: {}, secrets: {}, probes: [] },
  );
  expect(JSON.stringify(recorded)).not.toContain("s3cret");
  expect(asked).toEqual([URL_WITH_SECRETS.href]);
});
