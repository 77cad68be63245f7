import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { openTranscript, type TranscriptFile } from "@indicia/evidence/transcript-file";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readExchanges } from "./exchanges.js";
import { isLineStart } from "./transcript-lines.js";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "indicia-exchanges-"));
  file = path.join(folder, "transcript.jsonl");
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = (): Promise<TranscriptFile> => openTranscript(file, { registration: null, target: "http://a/" });
const request = (probes: number[], body: string) => ({
  method: "POST",
  url: "http://a/infer?token=hidden",
  headers: { authorization: "Bearer hidden" },
  body: new TextEncoder().encode(body),
  probes,
});
const answer = (body: string | Uint8Array) => ({
  status: 200,
  headers: {},
  body: typeof body === "string" ? new TextEncoder().encode(body) : body,
});

test("exchanges come with their ends, however these are mixed, and secrets stay out", async () => {
  const transcript = await open();
  const [a, b, c] = [
    await transcript.intent(request([0, 1], "a")),
    await transcript.intent(request([2], "b")),
    await transcript.intent(request([3], "c")),
  ];
  await transcript.answer(c, answer("to c"));
  await transcript.note("look", {});
  await transcript.answer(a, answer(Uint8Array.of(0, 1, 2, 255)));
  await transcript.lost(b, "gone");
  await transcript.close();

  const first = await readExchanges(file, { from: 0, limit: 2 });
  expect(first.items).toMatchObject([
    { line: 1, probes: [0, 1], status: 200, lost: null, answer: "4 bytes" },
    { line: 2, probes: [2], status: null, lost: "gone", answer: null },
  ]);
  expect(JSON.stringify(first)).not.toContain("hidden");
  const from = Number(first.next);
  expect(await isLineStart(file, from)).toBe(true);
  expect(await isLineStart(file, from + 1)).toBe(false);
  const second = await readExchanges(file, { from, limit: 2 });
  expect(second).toMatchObject({ items: [{ probes: [3], answer: "to c" }], next: null });
});

test("of a body that is long the beginning is shown", async () => {
  const transcript = await open();
  const long = "x".repeat(3_000_000);
  await transcript.answer(await transcript.intent(request([7], long)), answer(long));
  await transcript.answer(await transcript.intent(request([8], "short")), answer("short"));
  await transcript.close();
  const { items } = await readExchanges(file, { from: 0, limit: 10 });
  expect(items.map(({ probes, status }) => [probes, status])).toEqual([
    [[7], 200],
    [[8], 200],
  ]);
  expect(items[0]?.answer).toBe("x".repeat(2000));
  expect(items[0]?.request).toContain(`\n\n${"x".repeat(2000)}`);
});

test("there is nothing where nothing was asked yet", async () => {
  expect(await readExchanges(file, { from: 0, limit: 10 })).toEqual({ items: [], next: null });
});
