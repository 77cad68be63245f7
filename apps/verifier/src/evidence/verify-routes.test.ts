import { readdirSync, readFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { EvidenceVerification } from "../shapes/evidence.js";
import { makeZip } from "../test-support/make-zip.js";
import { openTestService, type TestService } from "../test-support/test-service.js";

const EXAMPLES = fileURLToPath(new URL("../../../../packages/evidence/examples/", import.meta.url));

let service: TestService;
beforeAll(async () => {
  service = await openTestService();
});
afterAll(() => service.close());

async function verify(bytes: Uint8Array): Promise<{ status: number; body: EvidenceVerification }> {
  const answer = await service.call("viewer", "/evidence/verify", {
    method: "POST",
    body: Uint8Array.from(bytes),
    headers: { "content-type": "application/zip" },
  });
  return { status: answer.status, body: (await answer.json()) as EvidenceVerification };
}

const left = (): string[] => readdirSync(os.tmpdir()).filter((name) => name.startsWith("indicia-verifier-"));

test("evidence of ours verifies, a changed byte of it does not, and nothing is kept", async () => {
  const bytes = readFileSync(path.join(EXAMPLES, "evidence-6.zip"));
  const before = left();
  const good = await verify(bytes);
  expect(good).toMatchObject({ status: 200, body: { verified: true, bytes: bytes.length } });
  expect(good.body.checks.length).toBeGreaterThan(5);
  expect(good.body.checks.filter(({ status }) => status === "failed")).toEqual([]);
  expect(["match", "inconclusive"]).toContain(good.body.verdict);
  const changed = Uint8Array.from(bytes);
  const at = Math.floor(bytes.length / 2);
  changed[at] = (changed[at] ?? 0) ^ 1;
  const bad = await verify(changed);
  expect(bad).toMatchObject({ status: 200, body: { verified: false } });
  expect(bad.body.checks.some(({ status, code }) => status === "failed" && code !== null)).toBe(true);
  expect(left()).toEqual(before);
});

test.each([
  ["nothing", new Uint8Array()],
  ["nonsense", new TextEncoder().encode("no evidence")],
  ["another archive", makeZip([{ name: "a", content: "x" }])],
  ["a bomb", makeZip([{ name: "a", content: "x".repeat(100), deflated: true, claimed: 2 ** 31 }])],
])("%s does not verify", async (_, bytes) => {
  const { status, body } = await verify(bytes);
  expect([200, 422]).toContain(status);
  expect(body.verified ?? false).toBe(false);
});

test("it takes a signed-in user", async () => {
  expect((await service.call(null, "/evidence/verify", { method: "POST", body: "x" })).status).toBe(401);
});
