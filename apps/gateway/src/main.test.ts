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
  ["an unknown flag", ["--model", "tiny.onnx", "--key", "k"], "ERR_PARSE_ARGS_UNKNOWN_OPTION"],
])("%s is one line and 2", async (_, args, code) => {
  const given = args.map((each) => (each.endsWith(".onnx") ? path.join(folder, each) : each));
  const gateway = start(...given);
  expect([await gateway.exit, gateway.stdout()]).toEqual([2, ""]);
  expect(gateway.stderr()).toMatch(new RegExp(`^${code}: [^\\n]+\\n$`));
});
