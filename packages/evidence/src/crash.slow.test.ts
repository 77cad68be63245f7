import { rm } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { buildCrashChild, crashOnce } from "./test-support/crash-file.js";

let program: string;
beforeAll(async () => {
  program = await buildCrashChild();
}, 60_000);
afterAll(() => rm(path.dirname(program), { recursive: true, force: true }));

it("loses no acknowledged record at 100 points of being killed", { timeout: 300_000 }, async () => {
  for (let round = 0; round < 100; round += 1) {
    const file = path.join(path.dirname(program), `transcript-${round % 10}.jsonl`);
    const outcome = await crashOnce(program, file, (round * 13) % 47);
    expect(outcome.missing).toEqual([]);
    expect(outcome.unsettled).toBe(0);
  }
});
