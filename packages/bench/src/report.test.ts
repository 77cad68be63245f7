import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeReport } from "./report.js";
import { makeRow } from "./row.js";
import { rowTable } from "./table.js";

const FACTS = { bench: "b", seed: 7, commit: "c", node: "v20.20.2" };
const ROWS = [
  makeRow(FACTS, { case: "one", metric: "a|b", value: 0.123456, unit: "s", goal: "<= 1", seconds: 2 }),
  makeRow(FACTS, { case: "two", metric: "count", value: 123_456, goal: "<= 1", baseline: 3, seconds: 1 }),
  makeRow(FACTS, { case: "three", metric: "free", value: -1, seconds: 0 }),
];

describe("a report", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "indicia-report-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("keeps the rows as they are, and a page to read", async () => {
    await writeReport("b", ROWS, new Map([["b-more.md", "more"]]), folder);
    expect(JSON.parse(await readFile(path.join(folder, "b.json"), "utf8"))).toEqual(ROWS);
    const page = await readFile(path.join(folder, "b.md"), "utf8");
    expect(page).toContain("# b\n");
    expect(page).toContain("1 of 2 goals met, 3 s of measuring");
    expect(page).toContain(rowTable(ROWS));
    expect(await readFile(path.join(folder, "b-more.md"), "utf8")).toBe("more");
  });

  it("replaces the one before and leaves nothing else", async () => {
    await writeReport("b", ROWS, new Map(), folder);
    await writeReport("b", ROWS.slice(0, 1), new Map(), folder);
    expect(JSON.parse(await readFile(path.join(folder, "b.json"), "utf8"))).toHaveLength(1);
    expect((await readdir(folder)).sort()).toEqual(["b.json", "b.md"]);
  });
});

describe("rowTable", () => {
  it("lines up, and keeps cells apart", () => {
    const lines = rowTable(ROWS).trimEnd().split("\n");
    expect(new Set(lines.map((line) => line.length)).size).toBe(1);
    expect(lines[2]).toMatch(/^\| one {3}\| a\\\|b {3}\| 0\.1235 s \| <= 1 \| yes \| +\|$/);
    expect(lines[3]).toContain("| 123456   | <= 1 | no  | 41152 x, of 3 |");
    expect(lines[4]).toContain("| -1 ");
  });
});
