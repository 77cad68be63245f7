import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type RefusalKind, refusalNotes } from "./refusal-notes.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const kind = (account: string, code = "FORBIDDEN"): RefusalKind => ({
  name: "m",
  recipient: "ada",
  account,
  code,
});

it("notes the first of a kind at once, the next ones in one line a minute, and loses none", () => {
  const lines: [string, string, number][] = [];
  const notes = refusalNotes(async ({ account, code, times }) => {
    lines.push([account, code, times]);
  });
  for (let i = 0; i < 500; i++) notes.note(kind("a"));
  notes.note(kind("a", "NOT_FOUND"));
  notes.note(kind("b"));
  expect(lines.splice(0)).toEqual([
    ["a", "FORBIDDEN", 1],
    ["a", "NOT_FOUND", 1],
    ["b", "FORBIDDEN", 1],
  ]);
  vi.advanceTimersByTime(60_000);
  expect(lines.splice(0)).toEqual([["a", "FORBIDDEN", 499]]);
  notes.note(kind("a"));
  // The others were silent for a minute, so that they are new again.
  notes.note(kind("b"));
  expect(lines.splice(0)).toEqual([["b", "FORBIDDEN", 1]]);
  notes.note(kind("b"));
  notes.close();
  expect(lines.splice(0)).toEqual([
    ["a", "FORBIDDEN", 1],
    ["b", "FORBIDDEN", 1],
  ]);
  vi.advanceTimersByTime(600_000);
  expect(lines).toEqual([]);
});

it("counts what could not be noted into a later line", async () => {
  const times: number[] = [];
  let broken = true;
  const notes = refusalNotes(async (entry) => {
    if (broken) throw new Error("the vault is away");
    times.push(entry.times);
  });
  notes.note(kind("a"));
  notes.note(kind("a"));
  await vi.advanceTimersByTimeAsync(60_000);
  broken = false;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(times).toEqual([2]);
  notes.close();
});
