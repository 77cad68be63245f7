import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openQueryLog, type QueryLogFile } from "./query-log-file.js";
import { readQueryLogFolder } from "./query-log-read-file.js";
import type { AnsweredQuery } from "./query-segment-file.js";
import { rejectionCode } from "./test-support/codes.js";

const REGISTRATION = "ab".repeat(32);
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "indicia-queries-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = (registration = REGISTRATION): Promise<QueryLogFile> =>
  openQueryLog(folder, { registration, clock: () => new Date(0) });
const query = (byte: number, customer: string | null = null): AnsweredQuery => ({
  customer,
  query: Buffer.alloc(32, byte).toString("hex"),
  input: () => Uint8Array.of(byte),
  answer: { values: [byte, 1] },
  changed: byte === 2,
});
const SEGMENT = "queries-000001.jsonl";

describe("a query log on disk", () => {
  it("has an answer once its recording is done, and each input once", async () => {
    const log = await open();
    await log.answered([query(1), query(2, "alice")]);
    const soFar = await readQueryLogFolder(folder);
    expect(soFar.answers).toMatchObject([
      { customer: null, query: query(1).query, changed: false },
      { customer: "alice", query: query(2).query, changed: true },
    ]);
    await log.answered([query(1, "alice")]);
    await log.close();
    const { answers, inputs } = await readQueryLogFolder(folder);
    expect(answers).toHaveLength(3);
    expect([...inputs.values()]).toEqual([Uint8Array.of(1), Uint8Array.of(2)]);
    expect(readFileSync(path.join(folder, SEGMENT), "utf8").match(/"input":null/g)).toHaveLength(1);
  });

  it("tells what it finds instead of keeping it, where somebody wants to be told", async () => {
    const first = await open();
    await first.answered([query(1), query(2, "alice")]);
    await first.rotate();
    await first.answered([query(3)]);
    await first.close();
    const told: string[] = [];
    const second = await openQueryLog(folder, {
      registration: REGISTRATION,
      clock: () => new Date(),
      onFound: (answer) => void told.push(answer.query),
    });
    await second.close();
    expect(told).toEqual([1, 2, 3].map((byte) => query(byte).query));
    expect(second.found.answers).toEqual([]);
  });

  it("goes on where it was left, after a crash too, without storing an input again", async () => {
    const first = await open();
    await first.answered([query(1)]);
    await first.close();
    appendFileSync(path.join(folder, SEGMENT), '{"body":{"answ');
    const second = await open();
    expect(second.found.answers).toMatchObject([{ query: query(1).query }]);
    await second.answered([query(1), query(3)]);
    await second.batch(
      { registration: REGISTRATION, customer: "alice", queries: [query(4).query] },
      "00".repeat(64),
    );
    await second.close();
    const { answers, batches, inputs } = await readQueryLogFolder(folder);
    expect(answers.map((answer) => answer.query)).toEqual([1, 1, 3].map((byte) => query(byte).query));
    expect(batches).toMatchObject([{ customer: "alice", queries: [query(4).query] }]);
    expect(inputs.size).toBe(2);
  });

  it("belongs to one registration, and to one writer at a time", async () => {
    const log = await open();
    expect(await rejectionCode(open())).toBe("CHAIN_LOCKED");
    await log.close();
    expect(await rejectionCode(open("cd".repeat(32)))).toBe("QUERY_LOG_OTHER_REGISTRATION");
    await (await open()).close();
  });
});
