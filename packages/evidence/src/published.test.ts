import { expect, it } from "vitest";
import { sha256Hex } from "./canonical.js";
import { EXCERPT_TEXTS, PUBLISHED, PUBLISHED_NAMES } from "./published.js";
import { excerptTexts, publishedTexts } from "./published-file.js";

it("lists the texts that bundles and excerpts carry today as the newest", async () => {
  const texts = new Map([...(await publishedTexts()), ...(await excerptTexts())]);
  for (const name of [...PUBLISHED_NAMES, ...EXCERPT_TEXTS])
    expect([name, sha256Hex(texts.get(name) ?? new Uint8Array(0))]).toEqual([name, PUBLISHED[name].at(-1)]);
});

it("recomputes in at most a hundred lines", async () => {
  const script = new TextDecoder().decode((await publishedTexts()).get("recompute.mjs"));
  expect(script.trimEnd().split("\n").length).toBeLessThanOrEqual(100);
  expect(script.match(/from "(?!node:)/g)).toBeNull();
});
