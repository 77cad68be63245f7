import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readBundle } from "./bundle.js";
import type { ConclusionFile } from "./formats.js";
import { makeSample } from "./test-support/sample-bundle.js";

const SAMPLE = makeSample({ format: 2 });
const { files } = readBundle(SAMPLE.bundle);
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "indicia-recompute-"));
  for (const [name, bytes] of files) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), bytes);
  }
  await writeFile(path.join(folder, "disclosure.json"), SAMPLE.disclosure);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What the bundle's own script prints of itself, in a process without anything of ours. */
async function recomputed(): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, ["recompute.mjs", ".", "disclosure.json"], {
    cwd: folder,
  });
  return stdout;
}

it("gives the ln p that the conclusion states", async () => {
  const conclusion = JSON.parse(new TextDecoder().decode(files.get("conclusion.json"))) as ConclusionFile;
  const [, printed = "{}"] = /^(\{.*\})$/m.exec(await recomputed()) ?? [];
  const { T, lnP } = JSON.parse(printed) as { T: number; lnP: number };
  expect(T).toBeCloseTo(conclusion.witnesses[0]?.T ?? Number.NaN, 12);
  expect(Math.abs(lnP - conclusion.log10PIdeal * Math.LN10)).toBeLessThan(1e-9);
});

it("fails where another sub-key is disclosed", async () => {
  const file = path.join(folder, "disclosure.json");
  const disclosed = JSON.parse(new TextDecoder().decode(SAMPLE.disclosure)) as { subKey: string };
  await writeFile(file, JSON.stringify({ ...disclosed, subKey: "09".repeat(32) }));
  await expect(recomputed()).rejects.toThrow("the sub-key was committed to");
  await writeFile(file, SAMPLE.disclosure);
});

it("fails where a sealed residual was changed", async () => {
  const all = [...files.keys()].filter((each) => /look-6-.*\.i16$/.test(each));
  expect(all).not.toEqual([]);
  for (const each of all) {
    const bytes = Uint8Array.from(files.get(each) ?? []);
    bytes[0] = (bytes[0] ?? 0) ^ 1;
    await writeFile(path.join(folder, each), bytes);
  }
  await expect(recomputed()).rejects.toThrow("was sealed");
});
