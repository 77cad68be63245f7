import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { examine } from "@indicia/operations/examine";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { EvidenceVerification } from "../shapes/evidence.js";
import { makeZip } from "../test-support/make-zip.js";
import { send } from "../test-support/api.js";
import { OWNER_KEY, ownerFiles, QUIET } from "../test-support/scene.js";
import { openTestService, type TestService } from "../test-support/test-service.js";

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

/** Evidence about the stolen file. */
async function makeEvidence(): Promise<Uint8Array> {
  const owner = await ownerFiles();
  const folder = mkdtempSync(path.join(os.tmpdir(), "indicia-evidence-"));
  const registration = path.join(folder, "registration");
  cpSync(path.join(owner, "registration"), registration, { recursive: true });
  const out = path.join(folder, "evidence.zip");
  await examine(
    {
      suspect: { kind: "file", path: path.join(owner, "stolen.onnx"), protocol: "onnx" },
      registration,
      key: { held: OWNER_KEY },
      rounds: [],
      reference: path.join(owner, "reference.onnx"),
      budget: null,
      probes: null,
      level: null,
      resume: null,
      full: false,
      out,
      plan: null,
      fresh: null,
    },
    QUIET,
  );
  const bytes = readFileSync(out);
  rmSync(folder, { recursive: true });
  return bytes;
}

const left = (): string[] => readdirSync(service.services.data.uploads);

test("evidence of ours verifies, a changed byte of it does not, and nothing is kept", async () => {
  const bytes = await makeEvidence();
  const good = await verify(bytes);
  expect(good).toMatchObject({ status: 200, body: { verified: true, bytes: bytes.length } });
  expect(good.body.checks.length).toBeGreaterThan(5);
  expect(good.body.checks.filter(({ status }) => status === "failed")).toEqual([]);
  expect(good.body).toMatchObject({ verdict: "match", standing: "exploratory" });
  expect(good.body.log10P).toBeLessThan(-6);
  const changed = Uint8Array.from(bytes);
  const at = Math.floor(bytes.length / 2);
  changed[at] = (changed[at] ?? 0) ^ 1;
  const bad = await verify(changed);
  expect(bad).toMatchObject({ status: 200, body: { verified: false } });
  expect(bad.body.checks.some(({ status, code }) => status === "failed" && code !== null)).toBe(true);
  expect(left()).toEqual([]);
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
  expect((await send(service, "nobody", "POST /evidence/verify", {})).status).toBe(401);
});
