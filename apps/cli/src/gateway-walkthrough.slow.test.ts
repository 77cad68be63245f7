import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Pasted, pasteReadme } from "./test-support/paste-readme.js";

const HEADING = "### The whole way: from the vault to the evidence";
const AFTER = 'printf "%s" "$MALLORY_KEY" > mallory.txt\npwd > "$TMPDIR/where"';

let folder: string;
let made: string;
let ended: Pasted;
const text = (name: string): string => readFileSync(path.join(made, name), "utf8");

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "indicia-walk-"));
  ended = await pasteReadme(HEADING, folder, AFTER);
  made = readFileSync(path.join(folder, "where"), "utf8").trim();
}, 600_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the whole way, pasted from the README as it stands there", () => {
  it("goes from a key to a gateway whose configuration fits", () => {
    expect(ended.blocks).toBeGreaterThan(4);
    expect(ended.stderr).toContain("customers.jsonl has 100, and every trace pays for all of them.");
    expect(ended.stderr + ended.stdout).toMatch(/^ok +models\[0\] glyphs/m);
    expect(ended.stderr + ended.stdout).not.toMatch(/^FAIL/m);
  });

  it("answers mallory once he accepted the terms", () => {
    const said = ended.stdout.split("\n").filter((line) => line.startsWith("{"));
    const [refused, , accepted, answered] = said.map((line) => JSON.parse(line) as unknown);
    expect(refused).toMatchObject({ code: "TERMS_NOT_ACCEPTED" });
    expect(accepted).toMatchObject({ customer: "mallory", version: "2026-11" });
    const { rows } = answered as { rows: number[][] };
    expect(rows[0]?.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1);
  });

  it("notices what he is about, writes down what it knows, and tells nobody his key", () => {
    const log = text("gateway.log");
    const flagged = log
      .split("\n")
      .filter((line) => line.includes("this account behaves unlike the honest traffic"));
    expect(flagged.map((line) => JSON.parse(line) as unknown)).toEqual([
      expect.objectContaining({ account: "mallory", seen: expect.any(Number) as number }),
    ]);
    expect(text("monitor.state")).toContain('"account":"mallory"');
    for (const said of [log, ended.stdout, ended.stderr]) expect(said).not.toContain(text("mallory.txt"));
  });

  it("names mallory among a hundred, at the least p that a level needs", () => {
    expect(ended.stderr).toContain("not independent of the key of mallory (level 0.000001, 100 customers");
    const ideal = /^1\. mallory: match .*, ideal (-[\d.]+),/m.exec(ended.stderr)?.[1];
    expect(Number(ideal)).toBeLessThan(-6);
    expect(ended.stderr).toMatch(/^2\. \S+: inconclusive/m);
  });

  it("leaves evidence with the terms that he accepted and his logged answers, each proved to stand in the log", () => {
    expect(ended.stderr).toMatch(
      /passed +query log: \d+ logged answers to mallory, .* each proved to stand in the log; they are to 1000 of the 4001 queries/,
    );
    expect(ended.stderr).toMatch(/passed +terms: .*mallory accepted version 2026-11/);
    expect(ended.stderr).toContain("The evidence verifies.");
  });
});
