import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

const MAIN = path.join(fileURLToPath(new URL("../", import.meta.url)), "dist", "main.js");
let folder: string;
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "indicia-verifier-main-"));
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

interface Started {
  /** The first line of stdout; null where it ended without one. */
  readonly line: Promise<string | null>;
  readonly exit: Promise<unknown>;
  readonly stderr: () => string;
  readonly stop: () => void;
}

function start(...args: string[]): Started {
  const child = spawn(process.execPath, [MAIN, ...args, "--data", path.join(folder, "data")], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const exit = once(child, "close").then(([code]: unknown[]) => code);
  const line = Promise.race([
    once(createInterface({ input: child.stdout }), "line").then(([first]) => String(first)),
    exit.then(() => null),
  ]);
  return { line, exit, stderr: () => stderr, stop: () => child.kill("SIGTERM") };
}

test("it says where it is and how to sign in, shares its data with nobody, and ends in order", async () => {
  const service = start("serve", "--port", "0");
  const { address, signIn } = JSON.parse((await service.line) ?? "null") as {
    readonly address: string;
    readonly signIn: string;
  };
  expect((await fetch(`${address}/health/ready`)).status).toBe(200);
  expect((await fetch(`${address}/metrics`)).status).toBe(401);
  const ticket = signIn.split("#ticket=")[1];
  const body = JSON.stringify({ ticket });
  const init = { method: "POST", headers: { "content-type": "application/json" }, body };
  expect((await fetch(`${address}/api/v1/session`, init)).status).toBe(201);

  const other = start("serve", "--port", "0");
  expect(await other.exit).toBe(2);
  expect(other.stderr()).toContain("DATA_LOCKED");

  const data = path.join(folder, "data");
  const open = fs.readdirSync(data).filter((name) => (fs.statSync(path.join(data, name)).mode & 0o077) !== 0);
  expect(open).toEqual([]);

  service.stop();
  expect(await service.exit).toBe(0);
  // Nothing that lets anybody in is in the log.
  expect(service.stderr()).toContain("session.begin");
  expect(service.stderr()).not.toContain(ticket);

  const again = start("ticket", "--user", "admin");
  expect(JSON.parse((await again.line) ?? "null")).toMatchObject({
    user: "admin",
    ticket: expect.any(String),
    signIn: expect.stringMatching(/^http:\/\/127\.0\.0\.1:8080\/#ticket=./),
  });
  expect(await again.exit).toBe(0);
});

test("what is not understood is told, with a code of its own", async () => {
  const wrong = start("--prot", "1");
  expect([await wrong.exit, await wrong.line]).toEqual([2, null]);
  expect(wrong.stderr()).toMatch(/^CONFIG_INVALID: /);
});
