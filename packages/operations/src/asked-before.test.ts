import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { redactUrl } from "@indicia/evidence/redact";
import { openTranscript } from "@indicia/evidence/transcript-file";
import { exchange } from "@indicia/suspects/exchange";
import { shownUrl } from "@indicia/suspects/shown-url";
import { afterAll, expect, test } from "vitest";
import { askedBefore } from "./asked-before.js";

const folder = mkdtempSync(path.join(os.tmpdir(), "indicia-asked-before-"));
afterAll(() => rmSync(folder, { recursive: true }));

const SUBJECT = { registration: null, target: "https://api.example/" };

test.each(["code", "api_key", "session", "api-version"])(
  "a request is known again whose address has a parameter %s",
  async (name) => {
    const url = new URL(`https://api.example/labels?${name}=value`);
    const file = path.join(folder, `${name}.jsonl`);
    const asked = await openTranscript(file, SUBJECT);
    const answer = { status: 200, headers: {}, body: Uint8Array.of(7), address: null, certificate: null };
    const request = { method: "POST", url, headers: {}, secrets: {}, probes: [] } as const;
    await exchange(async () => answer, asked, request);
    await asked.close();
    const resumed = await openTranscript(file, SUBJECT);
    expect(
      askedBefore(resumed.found)({ method: "POST", url, headers: {}, body: new Uint8Array(0) }),
    ).toMatchObject({ kind: "answer" });
    await resumed.close();
  },
);

test.each([
  "apikey",
  "auth",
  "bearer",
  "cookie",
  "credentials",
  "csrf",
  "jwt",
  "key",
  "pwd",
  "sessionid",
  "sig",
  "xsrf",
])("what a record leaves out of an address for its name is not shown either: %s", (name) => {
  const url = new URL(`https://api.example/?${name}=s3cret`);
  expect(redactUrl(url.href)).not.toContain("s3cret");
  expect(shownUrl(url)).not.toContain("s3cret");
});
