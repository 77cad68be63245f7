import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readKeyFile, writeKeyFile } from "./key-file.js";

const PASSPHRASE = "six random words would do";
const KEY = Uint8Array.from({ length: 32 }, (_, index) => 255 - index);
const TEXT = `indicia-key-1\n${Buffer.from(KEY).toString("hex")}\n`;

let folder: string;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "indicia-age-"));
});

afterEach(() => fs.rmSync(folder, { recursive: true }));

/** Run the age program at a terminal of its own, since it takes passphrases from nowhere else. */
function age(args: string, answers: number): Promise<number | null> {
  const child = spawn("script", ["-qec", `age ${args}`, "/dev/null"], { cwd: folder });
  let asked = 0;
  child.stdout.on("data", (chunk: Buffer) => {
    // Typed ahead of its question, an answer would be thrown away.
    if (asked < answers && /passphrase/i.test(chunk.toString())) {
      asked += 1;
      child.stdin.write(`${PASSPHRASE}\n`);
    }
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", resolve);
  });
}

test("the age program opens an encrypted key file", async () => {
  await writeKeyFile(path.join(folder, "owner.key"), KEY, PASSPHRASE);
  expect(await age("--decrypt --output opened owner.key", 1)).toBe(0);
  expect(fs.readFileSync(path.join(folder, "opened"), "utf8")).toBe(TEXT);
});

test("a key file that the age program encrypted is read", async () => {
  fs.writeFileSync(path.join(folder, "plain"), TEXT);
  expect(await age("--passphrase --armor --output owner.key plain", 2)).toBe(0);
  const file = path.join(folder, "owner.key");
  fs.chmodSync(file, 0o600);
  const context = { environment: { SECRET: PASSPHRASE }, askSecret: null };
  expect(await readKeyFile({ path: file, passphraseEnv: "SECRET" }, context)).toEqual(KEY);
});
