import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { tinyClassifier } from "@indicia/testkit/tiny-classifier";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { addKey, revokeKey } from "../access/key-file.js";
import { createLog } from "../ops/log.js";
import { type Gateway, openGateway } from "./open-gateway.js";
import { readConfig } from "./read-config.js";

const CONFIG = `
listen: { port: 0 }
models: [{ name: tiny, file: model.onnx, batching: { threads: 1 } }]
access: { keys: keys.jsonl }
ops: { metrics: { port: 0 } }
`;
const clock = (): Date => new Date();
const context = { clock, random: (bytes: number) => randomBytes(bytes) };
const request = { account: "ada", organisation: null, customer: null, scopes: ["*:*"], expires: null };
let folder: string;
let keys: string;
let token: string;
let gateway: Gateway;
const lines: string[] = [];
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "indicia-open-keys-"));
  keys = path.join(folder, "keys.jsonl");
  writeFileSync(path.join(folder, "model.onnx"), tinyClassifier({ features: 4, classes: 3 }).bytes);
  writeFileSync(path.join(folder, "gateway.yaml"), CONFIG);
  const { id, token: revoked } = await addKey(keys, request, context);
  token = revoked;
  await revokeKey(keys, id, context);
  const log = createLog("info", { write: (line) => void lines.push(line) });
  gateway = await openGateway(await readConfig(path.join(folder, "gateway.yaml"), {}), { clock, log });
});
afterAll(async () => {
  await gateway.close();
  rmSync(folder, { recursive: true });
});

const health = async (): Promise<unknown> => (await fetch(`${gateway.ops}/health`)).json();
const refused = (): Record<string, unknown>[] =>
  lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter((line) => "file" in line);

it("a revocation that is taken back on disk is told by health, figures and one line, and stays in force", async () => {
  const whole = readFileSync(keys, "utf8");
  writeFileSync(keys, whole.replace(/[^\n]*\n$/, ""));
  await vi.waitFor(
    async () => expect(await health()).toMatchObject({ ready: true, keys: { ok: false, code: "KEYS_CUT" } }),
    { timeout: 5000 },
  );
  expect(await (await fetch(`${gateway.ops}/metrics`)).text()).toContain("indicia_keys_refused 1\n");
  const asked = await fetch(`${gateway.address}/v1/models`, {
    headers: { authorization: `Bearer ${token}` },
  });
  expect(asked.status).toBe(401);
  expect(refused()).toEqual([
    expect.objectContaining({
      level: "error",
      file: keys,
      error: expect.not.objectContaining({ stack: expect.anything() as unknown }) as unknown,
    }),
  ]);
  expect(refused()[0]).toMatchObject({
    error: { code: "KEYS_CUT", hint: expect.stringContaining("Restore") as string },
  });
  writeFileSync(keys, whole);
  await vi.waitFor(async () => expect(await health()).toMatchObject({ keys: { ok: true } }), {
    timeout: 5000,
  });
  expect(await (await fetch(`${gateway.ops}/metrics`)).text()).toContain("indicia_keys_refused 0\n");
});
