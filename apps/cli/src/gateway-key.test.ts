import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, it } from "vitest";
import { done } from "./test-support/in-process.js";

const folder = mkdtempSync(path.join(tmpdir(), "indicia-keys-"));
afterAll(() => rmSync(folder, { recursive: true }));

it("shows the token of a key once: in the JSON where there is some, else in the prose", async () => {
  const made = ["gateway", "key", "add", "--keys", path.join(folder, "keys.jsonl"), "--account", "ada"];
  const asJson = await done(...made, "--scope", "tiny:infer", "--json");
  const { id, token } = JSON.parse(asJson.stdout) as { id: string; token: string };
  expect(asJson.stdout.split(token)).toHaveLength(2);
  expect(asJson.stderr).toBe("");
  const rotated = await done("gateway", "key", "rotate", id, ...made.slice(3, 5), "--json");
  expect(rotated.stderr).toBe("");
  const asProse = await done(...made, "--scope", "tiny:infer");
  expect(asProse.stdout).toBe("");
  expect(asProse.stderr.match(/token indicia_/g)).toHaveLength(1);
});
