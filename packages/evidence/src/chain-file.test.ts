import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { chainStart, readChain } from "./chain.js";
import { type ChainFile, openChain } from "./chain-file.js";
import { leafHash, merkleRoot } from "./merkle.js";
import { rejectionCode } from "./test-support/codes.js";

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "indicia-chain-"));
  file = path.join(folder, "chain.jsonl");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const clock = (): Date => new Date(Date.UTC(2025, 2, 1));
const open = (): Promise<ChainFile> => openChain(file, { kind: "transcript", clock });
const stored = async (): Promise<ReturnType<typeof readChain>> =>
  readChain(new Uint8Array(await readFile(file)), { kind: "transcript" });

describe("chain on disk", () => {
  it("appends, and goes on where it was left", async () => {
    const first = await open();
    expect(first.head).toBe(chainStart("transcript"));
    await first.append("note", { text: "one" });
    await first.append("note", { text: "two" });
    await first.close();
    const second = await open();
    expect(second.found.map(({ body }) => body)).toEqual([{ text: "one" }, { text: "two" }]);
    const line = await second.append("note", { text: "three" });
    expect(line).toMatchObject({ index: 2, time: "2025-03-01T00:00:00.000Z", hash: second.head });
    expect(second.entries).toBe(3);
    const { lines, head } = await stored();
    expect(head).toBe(second.head);
    expect(second.root).toBe(bytesToHex(merkleRoot(lines.map(({ bytes }) => leafHash(bytes)))));
    await second.close();
  });

  it("is on disk once the promise resolves", async () => {
    const chain = await open();
    for (let i = 0; i < 5; i += 1) {
      await chain.append("note", i);
      expect((await stored()).lines).toHaveLength(i + 1);
    }
    await chain.close();
  });

  it("keeps the order of calls when many wait at once", async () => {
    const chain = await open();
    const lines = await Promise.all(Array.from({ length: 500 }, (_, i) => chain.append("note", i)));
    expect(lines.map(({ index }) => index)).toEqual(lines.map((_, i) => i));
    await chain.close();
    expect((await stored()).lines.map(({ body }) => body)).toEqual(lines.map((_, i) => i));
  });

  it("cuts off only the unfinished last line, and says so", async () => {
    const chain = await open();
    await chain.append("note", "kept");
    await chain.close();
    const torn = '{"body":"lost","ind';
    await appendFile(file, torn);
    const again = await open();
    expect(again.found.map(({ type }) => type)).toEqual(["note", "recovered"]);
    expect(again.found[1]?.body).toMatchObject({ bytes: torn.length });
    await again.append("note", "after");
    await again.close();
    expect((await stored()).lines.map(({ type }) => type)).toEqual(["note", "recovered", "note"]);
  });

  it("leaves the file alone where anything but the tail is wrong", async () => {
    const chain = await open();
    await chain.append("note", "one");
    await chain.append("note", "two");
    await chain.close();
    const changed = (await readFile(file, "utf8")).replace("one", "eno");
    await writeFile(file, changed);
    expect(await rejectionCode(open())).toBe("CHAIN_BROKEN_LINK");
    expect(await readFile(file, "utf8")).toBe(changed);
    expect(await readdir(folder)).toEqual(["chain.jsonl"]);
  });

  it("belongs to one writer at a time", async () => {
    const chain = await open();
    expect(await rejectionCode(open())).toBe("CHAIN_LOCKED");
    await chain.append("note", "undisturbed");
    await chain.close();
    const next = await open();
    await next.close();
    expect(await readdir(folder)).toEqual(["chain.jsonl"]);
  });

  it("gives way to at most one of many that come at once", async () => {
    const attempts = await Promise.allSettled(Array.from({ length: 8 }, open));
    const opened = attempts.filter((attempt) => attempt.status === "fulfilled");
    expect(opened.length).toBeLessThanOrEqual(1);
    await Promise.all(opened.map(({ value }) => value.close()));
    const after = await open();
    await after.close();
  });

  it("takes nothing more once closed", async () => {
    const chain = await open();
    const last = chain.append("note", "under way");
    await chain.close();
    await expect(last).resolves.toMatchObject({ index: 0 });
    expect(await rejectionCode(chain.append("note", "late"))).toBe("CHAIN_CLOSED");
    await chain.close();
    expect((await stored()).lines).toHaveLength(1);
  });

  it("is not disturbed by a body that cannot be written", async () => {
    const chain = await open();
    expect(await rejectionCode(chain.append("note", Number.NaN))).toBe("JSON_UNREPRESENTABLE");
    expect(await rejectionCode(chain.append("No type", 1))).toBe("CHAIN_LINE_MALFORMED");
    await chain.append("note", "fine");
    await chain.close();
    expect((await stored()).lines.map(({ body }) => body)).toEqual(["fine"]);
  });

  it("opens what holds nothing but an unfinished line", async () => {
    await writeFile(file, utf8ToBytes("\0\0\0\0"));
    const chain = await open();
    expect(chain.found.map(({ type, index }) => [type, index])).toEqual([["recovered", 0]]);
    await chain.close();
  });
});
