import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readBundle } from "./bundle.js";
import type { ConclusionFile } from "./conclusion-format.js";
import { makeAnchoredSample } from "./test-support/sample-anchor.js";
import { makeSample, type Sample } from "./test-support/sample-bundle.js";
import { verifyBundle } from "./verify.js";

let home: string;
beforeAll(async () => {
  home = await mkdtemp(path.join(tmpdir(), "indicia-recompute-"));
});
afterAll(() => rm(home, { recursive: true, force: true }));

/** Unpack a sample, with some files changed, beside its disclosure. */
async function unpacked(
  { bundle, disclosure }: Sample,
  changed: Readonly<Record<string, Uint8Array>> = {},
): Promise<string> {
  const folder = await mkdtemp(path.join(home, "bundle-"));
  const { files } = readBundle(bundle);
  for (const [name, bytes] of [...files, ["disclosure.json", disclosure] as const]) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), changed[name] ?? bytes);
  }
  return folder;
}

/** What the bundle's own script prints of itself, in a process without anything of ours. */
async function recomputed(folder: string): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, ["recompute.mjs", ".", "disclosure.json"], {
    cwd: folder,
  });
  return stdout;
}

const parsed = (bytes: Uint8Array | undefined): unknown => JSON.parse(new TextDecoder().decode(bytes));

const conclusionOf = ({ bundle }: Sample): ConclusionFile =>
  parsed(readBundle(bundle).files.get("conclusion.json")) as ConclusionFile;

/** Samples are small and their keys random, so that T is sometimes 0, which says nothing: make another then. */
async function withWitness(make: () => Sample | Promise<Sample>): Promise<Sample> {
  for (let attempt = 0; attempt < 20; attempt++) {
    const sample = await make();
    if ((conclusionOf(sample).witnesses[0]?.T ?? 0) !== 0) return sample;
  }
  throw new Error("no sample has a statistic");
}

it.each([
  ["plain", () => makeSample({ format: 2 })],
  ["with shadow models", () => makeSample({ format: 2, shadowed: true })],
  ["salted by a beacon", () => makeAnchoredSample({ format: 2 })],
])("gives the ln p that the conclusion states, %s", async (_, make) => {
  const sample = await withWitness(make);
  expect(verifyBundle(sample.bundle, { disclosure: sample.disclosure }).verified).toBe(true);
  const conclusion = conclusionOf(sample);
  const [, printed = "{}"] = /^(\{.*\})$/m.exec(await recomputed(await unpacked(sample))) ?? [];
  const { T, lnP } = JSON.parse(printed) as { T: number; lnP: number };
  expect(T).toBeCloseTo(conclusion.witnesses[0]?.T ?? Number.NaN, 12);
  expect(T).not.toBe(0);
  expect(Math.abs(lnP - conclusion.log10PIdeal * Math.LN10)).toBeLessThan(1e-9);
});

it("fails where another sub-key is disclosed", async () => {
  const sample = makeSample({ format: 2 });
  const disclosed = parsed(sample.disclosure) as { subKey: string };
  const other = new TextEncoder().encode(JSON.stringify({ ...disclosed, subKey: "09".repeat(32) }));
  await expect(recomputed(await unpacked(sample, { "disclosure.json": other }))).rejects.toThrow(
    "the sub-key was committed to",
  );
});

it("fails where a sealed residual was changed", async () => {
  const sample = makeSample({ format: 2 });
  const residuals = [...readBundle(sample.bundle).files].filter(([name]) => /look-6-.*\.i16$/.test(name));
  expect(residuals).not.toEqual([]);
  const changed = residuals.map(([name, bytes]) => {
    const other = Uint8Array.from(bytes);
    other[0] = (other[0] ?? 0) ^ 1;
    return [name, other] as const;
  });
  await expect(recomputed(await unpacked(sample, Object.fromEntries(changed)))).rejects.toThrow("was sealed");
});

it("fails where another round of the beacon lies in the bundle", async () => {
  const sample = await makeAnchoredSample({ format: 2 });
  const name = "registration/beacon.json";
  const found = parsed(readBundle(sample.bundle).files.get(name)) as { round: number };
  const other = new TextEncoder().encode(JSON.stringify({ ...found, round: found.round + 1 }));
  await expect(recomputed(await unpacked(sample, { [name]: other }))).rejects.toThrow(
    "no other public randomness",
  );
});
