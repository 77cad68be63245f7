import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canonicalBytes, parseJson } from "./canonical.js";
import { type CheckedExcerpt, checkQueryExcerpt, excerptBytes, type QueryExcerpt } from "./query-excerpt.js";
import { makeQueryExcerpt } from "./query-excerpt-file.js";
import type { ChainFields } from "./chain.js";
import type { SealedEntry } from "./query-lines.js";
import { openQueryLog } from "./query-log-file.js";
import { readQueryLogFolder } from "./query-log-read-file.js";
import { type LogKeys, queryLogKey, unsealWith } from "./query-seal-file.js";
import { codeOf, rejectionCode } from "./test-support/codes.js";

const REGISTRATION = "ab".repeat(32);
const KEY = queryLogKey(new Uint8Array(32).fill(7));
const KEYS: LogKeys = { subKey: KEY, unwrap: null };
let folder: string;
const hexOf = (byte: number): string => Buffer.alloc(32, byte).toString("hex");

async function logOf(name: string, sealed: boolean): Promise<string> {
  const where = path.join(folder, name);
  const log = await openQueryLog(where, {
    registration: REGISTRATION,
    clock: () => new Date("2026-11-26T12:00:00.000Z"),
    segment: { entries: 6 },
    sealing: sealed ? { kind: "sub-key", key: KEY } : null,
  });
  for (let byte = 1; byte <= 12; byte += 1)
    await log.answered([
      {
        customer: byte % 3 === 0 ? "alice" : "bob",
        query: hexOf(byte),
        input: () => Uint8Array.of(byte),
        answer: { values: [byte / 8] },
        changed: false,
        request: `r${byte}`,
      },
    ]);
  await log.close();
  return where;
}

let clear: string;
let sealed: string;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "indicia-excerpt-"));
  clear = await logOf("clear", false);
  sealed = await logOf("sealed", true);
});
afterAll(() => rmSync(folder, { recursive: true }));

async function ofAlice(where: string): Promise<QueryExcerpt> {
  const excerpt = await makeQueryExcerpt(where, {
    keys: KEYS,
    choose: ({ customer }) => customer === "alice",
  });
  if (excerpt === null) throw new Error("nothing was chosen");
  return excerpt;
}
const checked = (bytes: Uint8Array): CheckedExcerpt => checkQueryExcerpt(bytes);

describe("an excerpt of a query log", () => {
  it("shows the chosen entries, from a sealed log too, and nobody else's", async () => {
    for (const where of [clear, sealed]) {
      const bytes = excerptBytes(await ofAlice(where));
      const { registration, entries, open } = checked(bytes);
      expect(registration).toBe(REGISTRATION);
      expect(entries.map(({ entry }) => [entry.customer, entry.request])).toEqual(
        [3, 6, 9, 12].map((byte) => ["alice", `r${byte}`]),
      );
      expect(entries[0]?.entry).toMatchObject({ answer: { values: [3 / 8] }, input: "Aw==" });
      expect(open).toMatchObject([{ segment: 3 }]);
      expect(new TextDecoder().decode(bytes)).not.toContain("bob");
    }
  });

  it("needs the key of a sealed log, and discloses keys of single lines only", async () => {
    const none: LogKeys = { subKey: null, unwrap: null };
    expect(await rejectionCode(makeQueryExcerpt(sealed, { keys: none, choose: () => true }))).toBe(
      "QUERY_LOG_SEALED",
    );
    const excerpt = await ofAlice(sealed);
    const opened = excerpt.segments.flatMap(({ lines }) => lines.flatMap((line) => line.opened ?? []));
    expect(new Set(opened.map(({ key }) => key)).size).toBe(4);
    const [first] = opened;
    const swapped = {
      ...excerpt,
      segments: excerpt.segments.map((segment) => ({
        ...segment,
        lines: segment.lines.map((line) => ({
          ...line,
          opened: line.opened === null ? null : (first ?? null),
        })),
      })),
    };
    expect(codeOf(() => checked(excerptBytes(swapped)))).toBe("QUERY_LOG_LINE_CHANGED");
    // What is disclosed is what lies there encrypted.
    const [segment] = excerpt.segments;
    const line = segment?.lines.find((each) => each.opened !== null);
    const { body, ...place } = JSON.parse(line?.text ?? "") as ChainFields & { body: { entry: SealedEntry } };
    const key = Buffer.from(line?.opened?.key ?? "", "hex");
    const plain = unsealWith(key, { ...place, body }, body.entry);
    expect(plain).toEqual(JSON.parse(line?.opened?.entry ?? ""));
  });

  it("fails at any changed byte", async () => {
    const whole = excerptBytes(await ofAlice(sealed));
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: whole.length - 1 }),
        fc.integer({ min: 1, max: 255 }),
        (at, change) => {
          const altered = Uint8Array.from(whole);
          altered[at] = (altered[at] ?? 0) ^ change;
          expect(codeOf(() => checked(altered))).not.toBe("none");
        },
      ),
      { numRuns: 300, seed: 3 },
    );
  });

  it("cannot leave out the root that the index has, nor give another log's line", async () => {
    const excerpt = parseJson(excerptBytes(await ofAlice(clear))) as QueryExcerpt;
    const other = await ofAlice(sealed);
    const forged = { ...excerpt, segments: other.segments };
    expect(codeOf(() => checked(canonicalBytes(forged)))).toBe("QUERY_LOG_EXCERPT_UNPROVEN");
    const asOpen = { ...excerpt, segments: excerpt.segments.map((each) => ({ ...each, closed: false })) };
    expect(codeOf(() => checked(canonicalBytes(asOpen)))).toBe("QUERY_LOG_EXCERPT_UNPROVEN");
  });

  it("is not made of nothing, and of a log as it was before it went on", async () => {
    expect(await makeQueryExcerpt(clear, { keys: KEYS, choose: () => false })).toBeNull();
    const where = await logOf("growing", true);
    const { roots } = await readQueryLogFolder(where, KEYS);
    if (roots === undefined) throw new Error("a log in segments has roots");
    const choose = (): boolean => true;
    const before = excerptBytes(
      (await makeQueryExcerpt(where, { keys: KEYS, choose })) ?? (await ofAlice(where)),
    );
    await logOf("growing", true);
    const after = await makeQueryExcerpt(where, { keys: KEYS, choose, asOf: roots });
    expect(after === null ? null : excerptBytes(after)).toEqual(before);
    expect(checked(before).open).toEqual([roots.open]);
  });
});
