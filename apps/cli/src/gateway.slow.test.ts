import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { tinyClassifier, tinyInputs } from "@indicia/testkit/tiny-classifier";
import { afterAll, beforeAll, expect, it } from "vitest";
import { call } from "./test-support/in-process.js";

const CLI = path.join(fileURLToPath(new URL("../", import.meta.url)), "dist", "main.js");
const tiny = tinyClassifier();
let folder: string;
const at = (name: string): string => path.join(folder, name);
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "indicia-cli-gateway-"));
  writeFileSync(at("tiny.onnx"), tiny.bytes);
  writeFileSync(
    at("gateway.yaml"),
    `
listen: { port: 0 }
models: [{ name: tiny, file: tiny.onnx, batching: { threads: 1 } }]
access: { keys: keys.jsonl }
ops: { logs: { level: warn } }
`,
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

async function json(...args: string[]): Promise<Record<string, unknown>> {
  const { stdout, stderr } = await call("gateway", ...args, "--json");
  expect(stderr).not.toContain("FAILED");
  return JSON.parse(stdout) as Record<string, unknown>;
}

it("makes keys, checks, serves whoever shows one, and ends when told to", async () => {
  const keys = ["--keys", at("keys.jsonl")];
  const made = await json("key", "add", ...keys, "--account", "ada", "--scope", "tiny:infer");
  const rotated = await json("key", "rotate", String(made["id"]), ...keys, "--overlap-hours", "0");
  expect(await json("key", "list", ...keys)).toMatchObject({
    keys: [
      { id: made["id"], state: "expired" },
      { id: rotated["id"], state: "live", lineage: made["id"] },
    ],
  });
  expect(readFileSync(at("keys.jsonl"), "utf8")).not.toContain(String(rotated["token"]).slice(-43));
  expect(await json("check", "--config", at("gateway.yaml"))).toMatchObject({ ok: true });

  const child = spawn(process.execPath, [CLI, "gateway", "--config", at("gateway.yaml")], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const told = createInterface({ input: child.stderr });
  const [line] = (await once(told, "line")) as [string];
  const address = line.replace("serving at ", "");
  const [input] = Object.entries(tinyInputs(tiny, 1, 1)).map(([name, { dims, data }]) => ({
    name,
    shape: dims,
    datatype: "FP32",
    data: Array.from(data as Float32Array),
  }));
  const ask = async (token: unknown): Promise<number> => {
    const init = { method: "POST", body: JSON.stringify({ inputs: [input] }) };
    const headers = { authorization: `Bearer ${String(token)}` };
    return (await fetch(`${address}/v2/models/tiny/infer`, { ...init, headers })).status;
  };
  expect([await ask(rotated["token"]), await ask(made["token"])]).toEqual([200, 401]);
  child.kill("SIGTERM");
  expect(await once(child, "exit")).toEqual([0, null]);
  await expect(ask(rotated["token"])).rejects.toThrow("fetch failed");
});

it("tells what does not check out, and what is wrong with a configuration", async () => {
  writeFileSync(at("no.yaml"), "models: [{ name: tiny, file: none.onnx }]\n");
  const check = await call("gateway", "check", "--config", at("no.yaml"), "--json");
  expect(check.exitCode).toBe(1);
  expect(JSON.parse(check.stdout)).toMatchObject({
    ok: false,
    checks: [{ code: "MODEL_NOT_FOUND" }, { ok: true }],
  });
  writeFileSync(at("wrong.yaml"), "models: [{ name: tiny, fle: tiny.onnx }]\n");
  // What serves tells its mistake itself.
  for (const [args, told] of [
    [["check"], /^CONFIG_INVALID: .*fle/],
    [[], /^GATEWAY_FAILED: /],
  ] as const) {
    const wrong = await call("gateway", ...args, "--config", at("wrong.yaml"));
    expect([wrong.exitCode, wrong.stdout]).toEqual([2, ""]);
    expect(wrong.stderr).toMatch(told);
  }
  const key = await call("gateway", "key", "revoke", "nothing", "--keys", at("none.jsonl"));
  expect([key.exitCode, key.stderr]).toEqual([2, expect.stringContaining("KEY_UNKNOWN")]);
});
