import { readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { readBundle } from "./bundle.js";
import { makeSample } from "./test-support/sample-bundle.js";
import { verifyBundle } from "./verify.js";

const example = async (name: string): Promise<Uint8Array> =>
  new Uint8Array(await readFile(path.join(import.meta.dirname, "..", "examples", name)));

/** Bundles of every published format version. They are never made again: they verify for ever. */
describe("frozen example", () => {
  it("of version 1 verifies", async () => {
    const disclosure = await example("disclosure-1.plain");
    const report = verifyBundle(await example("evidence-1.zip"), { disclosure });
    expect(report.checks.filter(({ status }) => status !== "passed").map(({ name }) => name)).toEqual([]);
    expect(report.verified).toBe(true);
    expect(report.contents.conclusion?.claim).toMatch(/^does not reject independence of /);
  });

  it("of version 1 fails where it was altered", async () => {
    const bytes = await example("evidence-1.zip");
    const middle = Math.floor(bytes.length / 2);
    bytes[middle] = (bytes[middle] ?? 0) ^ 1;
    expect(verifyBundle(bytes).verified).toBe(false);
  });

  it("of the newest version has the files that are made today", async () => {
    const { files } = readBundle(await example("evidence-1.zip"));
    expect(readBundle(makeSample().bundle).files).toEqual(files);
  });
});
