import { readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { readBundle } from "./bundle.js";
import { checkPrinted } from "./check-printed-file.js";
import { DOSSIER_PATHS } from "./dossier.js";
import { makeSample } from "./test-support/sample-bundle.js";
import { verifyBundle } from "./verify.js";

const example = async (name: string): Promise<Uint8Array> =>
  new Uint8Array(await readFile(path.join(import.meta.dirname, "..", "examples", name)));

/** Bundles of every published kind: with shadow models (2), of version 2 (3), and dated and salted besides (4). They verify for ever. */
describe("frozen example", () => {
  it.each([1, 2, 3, 4])("%i verifies", async (number) => {
    const disclosure = await example(`disclosure-${number}.plain`);
    const report = verifyBundle(await example(`evidence-${number}.zip`), { disclosure });
    expect(report.checks.filter(({ status }) => status !== "passed").map(({ name }) => name)).toEqual([]);
    expect(report.verified).toBe(true);
    expect(report.contents.conclusion?.claim).toMatch(/^does not reject independence of /);
  });

  it.each([1, 2, 3, 4])("%i fails where it was altered", async (number) => {
    const bytes = await example(`evidence-${number}.zip`);
    const middle = Math.floor(bytes.length / 2);
    bytes[middle] = (bytes[middle] ?? 0) ^ 1;
    expect(verifyBundle(bytes).verified).toBe(false);
  });

  it.each([1, 2])("%i has the files that are made today", async (number) => {
    const { files } = readBundle(await example(`evidence-${number}.zip`));
    expect(readBundle(makeSample({ shadowed: number === 2 }).bundle).files).toEqual(files);
  });

  it("3 has them too, and is printed as it was", async () => {
    const bundle = readBundle(await example("evidence-3.zip"));
    const files = new Map(bundle.files);
    files.delete(DOSSIER_PATHS.pdf);
    expect(readBundle(makeSample({ format: 2 }).bundle).files).toEqual(files);
    expect(await checkPrinted(bundle)).toEqual({ passed: "report.pdf printed again, equal" });
  });

  it("4 says who dated it, and is printed as it was", async () => {
    const bundle = await example("evidence-4.zip");
    const { checks } = verifyBundle(bundle);
    const detail = (name: string): string | undefined => checks.find((check) => check.name === name)?.detail;
    expect(detail("timestamps")).toMatch(
      /^2025-03-01T12:00:00.000Z by "CN=Local Timestamps".*registered root/,
    );
    expect(detail("beacon")).toMatch(/^round \d+ of drand chain/);
    expect(await checkPrinted(readBundle(bundle))).toEqual({ passed: "report.pdf printed again, equal" });
  });
});
