import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { openQueryLog } from "@indicia/evidence/query-log-file";
import { afterEach, beforeEach, expect, it } from "vitest";
import { checkLog } from "./check-log.js";
import { createLogDesk } from "./log-desk.js";

const clock = (): Date => new Date();
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "indicia-desk-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A log of one closed segment and an open one. */
async function write(place: string, queries: number): Promise<void> {
  const log = await openQueryLog(place, { registration: null, clock });
  for (let i = 0; i < queries; i++)
    await log.answered([
      {
        customer: null,
        query: Buffer.alloc(32, i).toString("hex"),
        input: () => Uint8Array.of(i),
        answer: { label: i },
        changed: false,
      },
    ]);
  await log.rotate();
  await log.close();
}

it("a log that was written anew as a whole is another than before", async () => {
  const place = path.join(folder, "log");
  await write(place, 3);
  const desk = createLogDesk([{ name: "m", folder: place }], clock);
  const check = async (): Promise<unknown> => {
    expect(desk.begin("m")).toBe(true);
    expect(desk.views()).toMatchObject([{ running: true }]);
    await desk.settled();
    return desk.views()[0]?.latest;
  };
  expect(await check()).toMatchObject({ outcome: "whole" });
  rmSync(place, { recursive: true });
  await write(place, 3);
  expect(await check()).toMatchObject({ outcome: "broken", code: "QUERY_LOG_REWRITTEN", segment: 1 });
});

it("a log that goes on being written meanwhile is whole", async () => {
  const log = await openQueryLog(folder, { registration: null, clock, segment: { entries: 20 } });
  const done = new AbortController();
  const writing = (async () => {
    for (let i = 0; !done.signal.aborted; i++)
      await log.answered([
        {
          customer: null,
          query: Buffer.alloc(32, i % 256).toString("hex"),
          input: () => new Uint8Array(2000),
          answer: { label: i },
          changed: false,
        },
      ]);
  })();
  for (let i = 0; i < 5; i++) expect(await checkLog(folder)).toMatchObject({ outcome: "whole" });
  done.abort();
  await writing;
  await log.close();
});

it("a log that is gone is a finding, one that cannot be read is none", async () => {
  expect(await checkLog(path.join(folder, "none"))).toMatchObject({
    outcome: "broken",
    file: "index.jsonl",
    segment: null,
    code: "QUERY_LOG_SEGMENT_MISSING",
  });
  const file = path.join(folder, "file");
  writeFileSync(file, "");
  expect(await checkLog(file)).toMatchObject({ outcome: "failed" });
});
