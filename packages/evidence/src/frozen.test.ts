import { readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { readBundle } from "./bundle.js";
import { checkPrinted } from "./check-printed-file.js";
import { DOSSIER_PATHS } from "./dossier.js";
import { PUBLISHED_NAMES } from "./published.js";
import { makeSample } from "./test-support/sample-bundle.js";
import { sampleQueryLog, withQueryLog } from "./test-support/sample-query-log.js";
import { makeSampleTrace } from "./test-support/sample-trace.js";
import { verifyBundle } from "./verify.js";

const example = async (name: string): Promise<Uint8Array> =>
  new Uint8Array(await readFile(path.join(import.meta.dirname, "..", "examples", name)));

/** What is printed is compared as such, and of the instructions there may be better ones today. */
const BESIDES: ReadonlySet<string> = new Set([DOSSIER_PATHS.pdf, ...PUBLISHED_NAMES]);

/** Bundles of every published kind: with shadow models (2), of version 2 (3), dated and salted besides (4), planned, by another party (5), and with the second version of the report (6). They verify for ever. */
describe("frozen example", () => {
  it.each([1, 2, 3, 4, 5, 6])("%i verifies", async (number) => {
    const disclosure = await example(`disclosure-${number}.plain`);
    const report = verifyBundle(await example(`evidence-${number}.zip`), { disclosure });
    expect(report.checks.filter(({ status }) => status !== "passed").map(({ name }) => name)).toEqual([]);
    expect(report.verified).toBe(true);
    expect(report.contents.conclusion?.claim).toMatch(/^does not reject independence of /);
  });

  it.each([1, 2, 3, 4, 5, 6])("%i fails where it was altered", async (number) => {
    const bytes = await example(`evidence-${number}.zip`);
    const middle = Math.floor(bytes.length / 2);
    bytes[middle] = (bytes[middle] ?? 0) ^ 1;
    expect(verifyBundle(bytes).verified).toBe(false);
  });

  it.each([1, 2])("%i has the files that are made today", async (number) => {
    const { files } = readBundle(await example(`evidence-${number}.zip`));
    expect(readBundle(makeSample({ shadowed: number === 2 }).bundle).files).toEqual(files);
  });

  it("3 is printed as it was", async () => {
    const bundle = readBundle(await example("evidence-3.zip"));
    expect(new TextDecoder().decode(bundle.files.get(DOSSIER_PATHS.html))).toContain('content="report/1"');
    expect(await checkPrinted(bundle)).toEqual({ passed: "report.pdf printed again, equal" });
  });

  it("6, whose report is of the second version, has the files that are made today", async () => {
    const bundle = readBundle(await example("evidence-6.zip"));
    const [files, today] = [bundle.files, readBundle(makeSample({ format: 2 }).bundle).files].map(
      (all) => new Map([...all].filter(([name]) => !BESIDES.has(name))),
    );
    expect(today).toEqual(files);
    expect(await checkPrinted(bundle)).toEqual({ passed: "report.pdf printed again, equal" });
  });

  it.each([
    // The first names customers without evidence for it, so that it has terms to check; its figures are not drawn again.
    ["trace-1.zip", null, ["disclosure", "statistic"], { named: ["carol", "dave", "erin"] }],
    ["trace-2.zip", "disclosure-trace-2.plain", [], {}],
  ] as const)(
    "%s verifies, and has the files that are made today",
    async (name, disclosed, open, changes) => {
      const bytes = await example(name);
      const options = disclosed === null ? {} : { disclosure: await example(disclosed) };
      const report = verifyBundle(bytes, options);
      expect(report.checks.filter(({ status }) => status !== "passed").map(({ name: each }) => each)).toEqual(
        open,
      );
      expect(report.verified).toBe(true);
      expect(readBundle(makeSampleTrace(changes).bundle).files).toEqual(readBundle(bytes).files);
      const middle = Math.floor(bytes.length / 2);
      bytes[middle] = (bytes[middle] ?? 0) ^ 1;
      expect(verifyBundle(bytes).verified).toBe(false);
    },
  );

  it("trace-3.zip shows what its customer was answered, and has the files that are made today", async () => {
    const bytes = await example("trace-3.zip");
    const { verified, checks } = verifyBundle(bytes);
    expect(verified).toBe(true);
    expect(checks.find(({ name }) => name === "query log")?.detail).toMatch(/^5 logged answers to carol/);
    const { files } = readBundle(bytes);
    const fileOf = (name: string): Uint8Array => files.get(name) ?? new Uint8Array(0);
    const { registration } = JSON.parse(new TextDecoder().decode(fileOf("trace.json"))) as {
      readonly registration: string;
    };
    const transcript = fileOf("observation/transcript.jsonl");
    const log = await sampleQueryLog(registration);
    const changes = withQueryLog(log, { registration, transcript, named: ["carol"] });
    expect(readBundle(makeSampleTrace(changes).bundle).files).toEqual(files);
    const middle = Math.floor(bytes.length / 2);
    bytes[middle] = (bytes[middle] ?? 0) ^ 1;
    expect(verifyBundle(bytes).verified).toBe(false);
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

  it("5 says who planned, drew and observed, and is printed as it was", async () => {
    const bundle = await example("evidence-5.zip");
    const { checks, contents } = verifyBundle(bundle);
    const detail = (name: string): string | undefined => checks.find((check) => check.name === name)?.detail;
    expect(contents.conclusion).toMatchObject({ standing: "anchored", standingReasons: [] });
    expect(detail("plan")).toMatch(/^\w{64}, line 3 of the chain; dated 2025-03-01T12:00:00.000Z/);
    expect(detail("observer")).toMatch(/^"Dr Example" signed the seal with the key /);
    expect(await checkPrinted(readBundle(bundle))).toEqual({ passed: "report.pdf printed again, equal" });
  });
});
