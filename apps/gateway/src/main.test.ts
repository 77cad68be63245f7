import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { tinyClassifier } from "@indicia/testkit/tiny-classifier";
import { afterAll, beforeAll, expect, it } from "vitest";

const MAIN = path.join(fileURLToPath(new URL("../", import.meta.url)), "dist", "main.js");
let folder: string;
let model: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "indicia-gateway-"));
  model = path.join(folder, "tiny.onnx");
  writeFileSync(model, tinyClassifier().bytes);
  writeFileSync(path.join(folder, "text.onnx"), "not a model\n");
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Started {
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Resolves with the first line of stdout. */
  readonly line: Promise<string>;
  readonly exit: Promise<unknown>;
  stop(): void;
}

function start(...args: string[]): Started {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const line = new Promise<string>((resolve) => {
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk.toString();
      if (stdout.includes("\n")) resolve(stdout);
    });
  });
  const exit = once(child, "close").then(([code]: unknown[]) => code);
  return { stdout: () => stdout, stderr: () => stderr, line, exit, stop: () => child.kill("SIGTERM") };
}

it("prints where it serves, serves, and ends when told to", async () => {
  const gateway = start("--model", model, "--name", "tiny", "--output", "labels");
  const { address, model: name } = JSON.parse(await gateway.line) as { address: string; model: string };
  expect([new URL(address).hostname, name]).toEqual(["127.0.0.1", "tiny"]);
  const metadata = (await (await fetch(`${address}/v2/models/tiny`)).json()) as { outputs: unknown };
  expect(metadata.outputs).toEqual([expect.objectContaining({ datatype: "INT64" })]);

  const second = start("--model", model, "--port", new URL(address).port);
  expect(await second.exit).toBe(2);
  expect(second.stderr()).toMatch(/^EADDRINUSE: [^\n]+\n$/);

  gateway.stop();
  expect([await gateway.exit, gateway.stderr()]).toEqual([0, ""]);
});

it.each([
  ["no model", [], "GATEWAY_USAGE"],
  ["a model that is not there", ["--model", "missing.onnx"], "MODEL_NOT_FOUND"],
  ["a model that is none", ["--model", "text.onnx"], "MODEL_INVALID"],
  ["an unknown policy", ["--model", "tiny.onnx", "--output", "round:x"], "GATEWAY_USAGE"],
  ["a port that is none", ["--model", "tiny.onnx", "--port", "70000"], "GATEWAY_USAGE"],
  [
    "terms without customers",
    ["--model", "tiny.onnx", "--terms", "t", "--acceptances", "a"],
    "GATEWAY_USAGE",
  ],
  ["an unknown flag", ["--model", "tiny.onnx", "--key", "k"], "GATEWAY_USAGE: Unknown option '--key'"],
  ["an unknown flag of a command", ["check", "--confg", "k"], "GATEWAY_USAGE: Unknown option '--confg'"],
])("%s is one line and 2", async (_, args, code) => {
  const given = args.map((each) => (each.endsWith(".onnx") ? path.join(folder, each) : each));
  const gateway = start(...given);
  expect([await gateway.exit, gateway.stdout()]).toEqual([2, ""]);
  expect(gateway.stderr()).toMatch(new RegExp(`^${code}[:.] [^\\n]+\\n$`));
});

it.each([
  ["--help", /--output POLICY {2,}what clients see[^]*gateway\.yaml/],
  ["key --help", /^Usage: indicia-gateway key add/],
  ["check -h", /^Usage: indicia-gateway check/],
  ["--config x --help", /^Usage: indicia-gateway --config FILE\n/],
])("%s tells how it is called, with an example", async (line, told) => {
  const gateway = start(...line.split(" "));
  expect([await gateway.exit, gateway.stderr()]).toEqual([0, ""]);
  expect(gateway.stdout()).toMatch(told);
  expect(gateway.stdout()).toContain("\nExample: indicia-gateway ");
});

it("takes keys, checks and serves a configuration", async () => {
  const keys = path.join(folder, "keys.jsonl");
  const config = path.join(folder, "gateway.yaml");
  writeFileSync(
    config,
    "listen: { port: 0 }\nmodels: [{ name: tiny, file: tiny.onnx }]\naccess: { keys: keys.jsonl }\n",
  );
  const add = start("key", "add", "--keys", keys, "--account", "ada", "--scope", "tiny:metadata", "--json");
  expect(await add.exit).toBe(0);
  const { token } = JSON.parse(add.stdout()) as { token: string };
  const check = start("check", "--config", config);
  expect([await check.exit, check.stdout()]).toEqual([
    0,
    expect.stringMatching(/^ok +access\.keys: 1 of 1 keys are live\n[^]*\nReady to serve: everything .*\n$/m),
  ]);
  const gateway = start("--config", config);
  const { address, ops, models } = JSON.parse(await gateway.line) as Record<string, unknown>;
  expect([ops, models]).toEqual([null, ["tiny"]]);
  const asked = await fetch(`${String(address)}/v2/models/tiny`, { headers: { "x-api-key": token } });
  expect(asked.status).toBe(200);
  expect((await fetch(`${String(address)}/v2/models/tiny`)).status).toBe(401);
  gateway.stop();
  expect(await gateway.exit).toBe(0);
  expect(gateway.stderr()).toContain('"status":401');
});

it.each([
  ["a configuration that is not there", ["--config", "none.yaml"], "CONFIG_UNREADABLE"],
  ["a check of nothing", ["check"], "GATEWAY_USAGE"],
  ["a key for nobody", ["key", "add", "--keys", "k"], "GATEWAY_USAGE"],
  ["a key that allows nothing", ["key", "add", "--keys", "k", "--account", "a"], "SCOPE_MALFORMED"],
  [
    "a key until no day",
    ["key", "add", "--keys", "k", "--account", "a", "--expires", "2026-02-30"],
    "DATE_MALFORMED",
  ],
  [
    "a key that has ended",
    ["key", "add", "--keys", "k", "--account", "a", "--scope", "*:infer", "--expires", "2026-01-01"],
    "DATE_PAST",
  ],
  ["keys that are not there", ["key", "list", "--keys", "none"], "KEYS_UNREADABLE"],
])("%s is one line and 2, too", async (_, args, code) => {
  const gateway = start(...args);
  expect([await gateway.exit, gateway.stdout()]).toEqual([2, ""]);
  expect(gateway.stderr()).toMatch(new RegExp(`^${code}: [^\\n]+\\n$`));
});
