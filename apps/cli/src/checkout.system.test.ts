import { execFile } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

const CHECKOUT = path.resolve(import.meta.dirname, "../../..");

let caller: string;

beforeEach(() => {
  caller = fs.mkdtempSync(path.join(os.tmpdir(), "indicia-caller-"));
});

afterEach(() => fs.rmSync(caller, { recursive: true }));

interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** `npm run -s indicia -- ...` of the checkout, called from another folder. */
function indicia(...args: readonly string[]): Promise<Ended> {
  // What an npm that runs this test left in the environment is not there when a person types the line.
  const environment = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_|^INIT_CWD$/.test(name)),
  );
  return new Promise((resolve) => {
    execFile(
      "npm",
      ["--prefix", CHECKOUT, "run", "-s", "indicia", "--", ...args],
      { cwd: caller, env: environment },
      (error, stdout, stderr) => {
        resolve({ exitCode: typeof error?.code === "number" ? error.code : 0, stdout, stderr });
      },
    );
  });
}

test("files follow the caller, stdout is JSON alone, and exit codes come through npm", async () => {
  const made = await indicia("key", "new", "--out", "owner.key", "--json");
  expect({ exitCode: made.exitCode, ...JSON.parse(made.stdout) }).toEqual({
    exitCode: 0,
    key: "owner.key",
    encrypted: false,
  });
  expect(fs.readdirSync(caller)).toEqual(["owner.key"]);

  const again = await indicia("key", "new", "--out", "owner.key", "--json");
  expect({ exitCode: again.exitCode, stderr: again.stderr }).toEqual({ exitCode: 2, stderr: "" });
  expect(JSON.parse(again.stdout)).toMatchObject({ error: { code: "KEY_FILE_EXISTS" } });

  const prose = await indicia("key", "new");
  expect(prose).toMatchObject({ exitCode: 2, stdout: "", stderr: expect.stringMatching(/^USAGE: .*\n$/) });
});

test("every argument arrives as it was given", async () => {
  const name = "a key; with 'quotes', $HOME and ümlauts.key";
  expect(await indicia("key", "new", "--out", name)).toMatchObject({ exitCode: 0, stdout: "" });
  expect(fs.readdirSync(caller)).toEqual([name]);
});
