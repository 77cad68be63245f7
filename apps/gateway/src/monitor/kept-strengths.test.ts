import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { perturber } from "@indicia/defence/perturbation/perturb";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openKeptStrengths } from "./kept-strengths.js";

const KEY = new Uint8Array(32).fill(7);
const HONEST = Float64Array.of(0.6, 0.3, 0.1);
let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "strengths-"));
  file = path.join(folder, "strengths");
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("strengths that are kept", () => {
  it("answer as before after a restart, however suspicious the account has become since", async () => {
    const answer = async (query: string, suspicion: number): Promise<Float64Array> => {
      const strengths = await openKeptStrengths(file, KEY, 16);
      const perturb = perturber({ kind: "keyed-noise", classes: 3, key: KEY, strengths });
      const given = perturb(HONEST, { account: "mallory", query, suspicion });
      await strengths.close();
      return given;
    };
    const first = await answer("asked", 0);
    expect(await answer("asked", 1)).toEqual(first);
    expect(await answer("new", 1)).not.toEqual(await answer("asked", 1));
    expect(readFileSync(file, "latin1")).not.toContain("mallory");
  });

  it("are with the system before the answer, and of a fixed size", async () => {
    const strengths = await openKeptStrengths(file, KEY, 2);
    const { size } = statSync(file);
    for (let i = 0; i < 100; i++) strengths.set(`query ${i}`, i / 100);
    const crashed = readFileSync(file);
    expect([strengths.get("query 99"), strengths.get("query 0"), crashed.length]).toEqual([
      0.99,
      undefined,
      size,
    ]);
    await expect(openKeptStrengths(file, KEY, 2)).rejects.toMatchObject({ code: "CHAIN_LOCKED" });
    await strengths.close();
    // What a process that was killed had left behind.
    writeFileSync(file, crashed);
    const again = await openKeptStrengths(file, KEY, 2);
    expect(again.get("query 99")).toBe(0.99);
    await again.close();
    const other = await openKeptStrengths(file, new Uint8Array(32), 2);
    expect(other.get("query 99")).toBeUndefined();
    await other.close();
  });

  it("are not taken from another file", async () => {
    writeFileSync(file, "something else");
    await expect(openKeptStrengths(file, KEY)).rejects.toMatchObject({ code: "STRENGTHS_INVALID" });
  });
});
