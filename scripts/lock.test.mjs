import { spawn, spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { withLock } from "./lock.mjs";

/** @type {string} */
let folder;
/** @type {string} */
let lock;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "indicia-lock-"));
  lock = path.join(folder, "deep", "setup.lock");
});

afterEach(() => fs.rmSync(folder, { recursive: true }));

const unexpected = () => {
  throw new Error("there was nobody to wait for");
};

test("the lock is free again after success and after failure", async () => {
  await expect(withLock(lock, async () => 7, unexpected)).resolves.toBe(7);
  const failing = withLock(
    lock,
    async () => {
      throw new Error("broken");
    },
    unexpected,
  );
  await expect(failing).rejects.toThrow("broken");
  expect(fs.readdirSync(path.dirname(lock))).toEqual([]);
});

test("a dead holder's lock is taken over", async () => {
  const dead = spawnSync(process.execPath, ["--eval", ""]).pid;
  fs.mkdirSync(path.dirname(lock));
  fs.writeFileSync(lock, String(dead));
  await expect(withLock(lock, async () => "mine", unexpected)).resolves.toBe("mine");
  expect(fs.readdirSync(path.dirname(lock))).toEqual([]);
});

test("processes at once go one after another", async () => {
  const log = path.join(folder, "log");
  const script = `
    import fs from "node:fs";
    import { withLock } from ${JSON.stringify(new URL("lock.mjs", import.meta.url).href)};
    const write = (text) => fs.appendFileSync(${JSON.stringify(log)}, text);
    await withLock(${JSON.stringify(lock)}, async () => {
      write("<");
      await new Promise((resolve) => setTimeout(resolve, 50));
      write(">");
    }, () => {});
  `;
  const run = () =>
    new Promise((resolve) => {
      spawn(process.execPath, ["--input-type=module", "--eval", script]).once("exit", resolve);
    });
  expect(await Promise.all([run(), run(), run(), run()])).toEqual([0, 0, 0, 0]);
  expect(fs.readFileSync(log, "utf8")).toBe("<><><><>");
});
