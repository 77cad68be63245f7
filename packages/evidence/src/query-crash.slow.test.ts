import { rm } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { buildQueryCrashChild, crashQueryLog } from "./test-support/query-crash-file.js";

let program: string;
beforeAll(async () => {
  program = await buildQueryCrashChild();
}, 60_000);
afterAll(() => rm(path.dirname(program), { recursive: true, force: true }));

it("loses no acknowledged entry to kill -9, again and again on one log, while segments close and open", async () => {
  const folder = path.join(path.dirname(program), "log");
  let first = 0;
  let segments = 0;
  for (const milliseconds of [0, 90, 5, 240, 12, 33]) {
    const crash = await crashQueryLog(program, folder, { first, milliseconds });
    expect(crash.acknowledged).toBeGreaterThan(0);
    expect(crash.missing).toEqual([]);
    first = crash.next;
    segments = crash.segments;
  }
  expect(segments).toBeGreaterThan(1);
}, 60_000);
