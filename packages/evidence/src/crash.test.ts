import { rm } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { buildCrashChild, crashOnce } from "./test-support/crash-file.js";

let program: string;
beforeAll(async () => {
  program = await buildCrashChild();
}, 60_000);
afterAll(() => rm(path.dirname(program), { recursive: true, force: true }));

it("loses no acknowledged record to kill -9, again and again on one transcript", async () => {
  const file = path.join(path.dirname(program), "transcript.jsonl");
  let interrupted = 0;
  for (const milliseconds of [0, 3, 11, 24, 40, 7]) {
    const outcome = await crashOnce(program, file, milliseconds);
    expect(outcome.acknowledged).toBeGreaterThan(0);
    expect(outcome.missing).toEqual([]);
    expect(outcome.unsettled).toBe(0);
    expect(outcome.interrupted).toBeGreaterThanOrEqual(interrupted);
    ({ interrupted } = outcome);
  }
  expect(interrupted).toBeGreaterThan(0);
});
