import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openQueryLog, type QueryLogOptions } from "./query-log-file.js";
import { readQueryLogFolder, walkQueryLog } from "./query-log-read-file.js";
import { type LogKeys, queryLogKey } from "./query-seal-file.js";
import type { AnsweredQuery } from "./query-segment-file.js";
import { rejectionCode } from "./test-support/codes.js";
import { chainBytes } from "./test-support/sample-chain.js";

const REGISTRATION = "ab".repeat(32);
const KEY = queryLogKey(new Uint8Array(32).fill(7));
const SUB_KEY: LogKeys = { subKey: KEY, unwrap: null };
const RUNS = 6;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "indicia-log-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const hexOf = (byte: number): string => Buffer.alloc(32, byte).toString("hex");
const query = (byte: number, customer: string | null = null): AnsweredQuery => ({
  customer,
  query: hexOf(byte),
  input: () => Uint8Array.of(byte),
  answer: { values: [byte, 0.5] },
  changed: byte % 7 === 0,
  request: `request-${byte}`,
  account: customer,
  model: "m",
});

function options(more: Partial<QueryLogOptions> = {}): QueryLogOptions {
  return { registration: REGISTRATION, clock: () => new Date("2026-11-26T12:00:00.000Z"), ...more };
}

async function written(
  where: string,
  bytes: readonly number[],
  more: Partial<QueryLogOptions> = {},
): Promise<void> {
  const log = await openQueryLog(where, options(more));
  for (const byte of bytes) await log.answered([query(byte)]);
  await log.close();
}

const files = (where: string): string[] => readdirSync(where).filter((name) => name.endsWith(".jsonl"));

describe("a query log in segments", () => {
  it("has every answer in order and every input, wherever it was cut and left", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 14 }),
        fc.integer({ min: 2, max: 9 }),
        fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }),
        fc.boolean(),
        async (bytes, entries, reopened, sealed) => {
          const where = mkdtempSync(path.join(folder, "log-"));
          const more = {
            segment: { entries },
            sealing: sealed ? ({ kind: "sub-key", key: KEY } as const) : null,
          };
          let log = await openQueryLog(where, options(more));
          for (const [i, byte] of bytes.entries()) {
            await log.answered([query(byte)]);
            if (reopened[i] !== true) continue;
            await log.close();
            log = await openQueryLog(where, options(more));
            expect(log.found.answers.map((answer) => answer.query)).toEqual(bytes.slice(0, i + 1).map(hexOf));
          }
          await log.close();
          const read = await readQueryLogFolder(where, SUB_KEY);
          expect(read.answers.map((answer) => answer.query)).toEqual(bytes.map(hexOf));
          expect(read.answers.map(({ line }) => line)).toEqual(
            read.answers.map(({ line }) => line).toSorted((a, b) => a - b),
          );
          expect(new Set(read.inputs.keys())).toEqual(new Set(bytes.map(hexOf)));
          const state = await walkQueryLog(where);
          expect(state.lines).toBe(read.lines);
          expect(state.segments.length).toBeGreaterThanOrEqual(Math.ceil(bytes.length / (entries - 1)));
        },
      ),
      { numRuns: RUNS, seed: 1 },
    );
  });

  it("is not read where any byte of any file was changed, sealed or not", async () => {
    for (const sealing of [null, { kind: "sub-key", key: KEY } as const]) {
      const where = path.join(folder, sealing === null ? "clear" : "sealed");
      await written(where, [1, 2, 3, 4, 5], { segment: { entries: 3 }, sealing });
      const names = files(where);
      expect(names.length).toBe(4);
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...names),
          fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
          fc.integer({ min: 1, max: 255 }),
          async (name, share, change) => {
            const file = path.join(where, name);
            const whole = readFileSync(file);
            const altered = Buffer.from(whole);
            const at = Math.floor(share * whole.length);
            altered[at] = (altered[at] ?? 0) ^ change;
            writeFileSync(file, altered);
            // Without any key: who keeps a log for another finds it too.
            const code = await rejectionCode(walkQueryLog(where));
            writeFileSync(file, whole);
            expect(code).toMatch(/^(CHAIN|QUERY_LOG|JSON)_/);
          },
        ),
        { numRuns: 8 * RUNS, seed: 2 },
      );
      // The last line of all, for which no other vouches.
      const last = path.join(where, names.at(-1) ?? "");
      const whole = readFileSync(last, "utf8");
      const at = whole.lastIndexOf('"check":"') + 12;
      writeFileSync(last, `${whole.slice(0, at)}${whole[at] === "0" ? "1" : "0"}${whole.slice(at + 1)}`);
      expect(await rejectionCode(walkQueryLog(where))).toBe("QUERY_LOG_LINE_CHANGED");
      writeFileSync(last, whole);
      expect((await walkQueryLog(where)).segments).toHaveLength(3);
    }
  });

  it("misses a segment that is gone, but not one that was given up, and keeps its root", async () => {
    let now = new Date("2026-11-01T00:00:00.000Z");
    const log = await openQueryLog(
      folder,
      options({ clock: () => now, segment: { entries: 3, hours: 1e6 } }),
    );
    for (const byte of [1, 2, 3, 4]) await log.answered([query(byte)]);
    await log.rotate();
    now = new Date("2026-11-20T00:00:00.000Z");
    for (const byte of [5, 6, 7]) await log.answered([query(byte)]);
    const before = await walkQueryLog(folder);
    expect(await log.retain(new Date("2026-11-10T00:00:00.000Z"))).toEqual([1, 2, 3]);
    await log.close();
    const after = await walkQueryLog(folder);
    expect(after.segments.map(({ root }) => root)).toEqual(before.segments.map(({ root }) => root));
    expect(after.segments.map(({ deleted }) => deleted !== null)).toEqual([true, true, true, false, false]);
    expect([after.head, after.lines]).toEqual([before.head, before.lines]);
    expect((await readQueryLogFolder(folder)).answers.map((answer) => answer.query)).toEqual(
      [5, 6, 7].map(hexOf),
    );
    rmSync(path.join(folder, "queries-000004.jsonl"));
    expect(await rejectionCode(walkQueryLog(folder))).toBe("QUERY_LOG_SEGMENT_MISSING");
  });

  it("gives up old segments by itself", async () => {
    let now = new Date("2026-11-01T00:00:00.000Z");
    const more = { clock: () => now, segment: { hours: 24 }, keepHours: 48 };
    const log = await openQueryLog(folder, options(more));
    for (let day = 1; day <= 6; day += 1) {
      now = new Date(Date.UTC(2026, 10, day, 12));
      await log.answered([query(day)]);
    }
    await log.close();
    const { segments } = await walkQueryLog(folder);
    expect(segments.map(({ deleted }) => deleted !== null)).toContain(true);
    expect(segments.at(-2)?.deleted).toBeNull();
    const kept = (await readQueryLogFolder(folder)).answers.map((answer) => answer.query);
    expect(kept).not.toContain(hexOf(1));
    expect(kept).toContain(hexOf(6));
  });

  it("keeps hashes only where policy says so, and goes on in a new segment where policy changes", async () => {
    await written(folder, [1], { policy: { inputs: "hash", answers: "hash" } });
    await written(folder, [1, 2]);
    const [hashed, whole] = files(folder)
      .filter((name) => name.startsWith("queries"))
      .map((name) => readFileSync(path.join(folder, name), "utf8"));
    expect(hashed).toContain('"answer":{"sha256":"');
    expect(hashed).not.toContain('"values"');
    expect(whole).toContain('"values":[2,0.5]');
    const read = await readQueryLogFolder(folder);
    expect(read.answers).toHaveLength(3);
    expect(read.inputs.get(hexOf(1))).toEqual(new Uint8Array([1]));
  });

  it("is read without its key by nobody, nor with another", async () => {
    await written(folder, [1, 2], { sealing: { kind: "sub-key", key: KEY } });
    expect(readFileSync(path.join(folder, "queries-000001.jsonl"), "utf8")).not.toContain(hexOf(1));
    expect(await rejectionCode(readQueryLogFolder(folder))).toBe("QUERY_LOG_SEALED");
    const other: LogKeys = { subKey: new Uint8Array(32), unwrap: null };
    expect(await rejectionCode(readQueryLogFolder(folder, other))).toBe("QUERY_LOG_UNSEALABLE");
    expect((await readQueryLogFolder(folder, SUB_KEY)).answers).toHaveLength(2);
  });

  it("is written on by who cannot read it, in segments of his own", async () => {
    const wrap = async (key: Uint8Array): Promise<Uint8Array> => key.map((byte) => byte ^ 90);
    const writing = { sealing: { kind: "wrapped", wrap, unwrap: null } } as const;
    await written(folder, [1, 2], writing);
    const log = await openQueryLog(folder, options(writing));
    expect(log.found).toEqual({ answers: [], unreadable: 1 });
    await log.answered([query(3)]);
    await log.close();
    const read = await readQueryLogFolder(folder, { subKey: null, unwrap: wrap });
    expect(read.answers.map((answer) => answer.query)).toEqual([1, 2, 3].map(hexOf));
  });

  it("goes on with a log of version 1", async () => {
    mkdirSync(path.join(folder, "old"));
    const where = path.join(folder, "old");
    const begin = { version: 1, kind: "indicia query log", registration: REGISTRATION };
    const old = { customer: "alice", query: hexOf(9), input: "CQ==", answer: { values: [1] }, changed: true };
    writeFileSync(
      path.join(where, "queries.jsonl"),
      chainBytes("queries", [
        { type: "begin", body: begin },
        { type: "answer", body: old },
      ]),
    );
    expect((await readQueryLogFolder(where)).answers).toHaveLength(1);
    await written(where, [9, 1]);
    const read = await readQueryLogFolder(where);
    expect(read.answers.map((answer) => [answer.customer, answer.query])).toEqual([
      ["alice", hexOf(9)],
      [null, hexOf(9)],
      [null, hexOf(1)],
    ]);
    expect(read.inputs.get(hexOf(9))).toEqual(new Uint8Array([9]));
    const { segments } = await walkQueryLog(where);
    expect(segments.map(({ segment }) => segment)).toEqual([0, 1]);
    expect(await rejectionCode(written(where, [1], { registration: "cd".repeat(32) }))).toBe(
      "QUERY_LOG_OTHER_REGISTRATION",
    );
  });
});
