import { expect, test } from "vitest";
import { LeaveRefused, openLeaveDesk } from "./runner-leave.js";

test("leave is asked for several requests at once, and each waits for its own time", async () => {
  const asked: number[] = [];
  const desk = openLeaveDesk({
    rate: 1e6,
    batch: 3,
    signal: new AbortController().signal,
    ask: (id, requests) => {
      asked.push(requests);
      queueMicrotask(() => desk.take({ kind: "leave", id, requests, waitMs: 0, stepMs: 30 }));
    },
  });
  const began = performance.now();
  await Promise.all([desk.pace(16), desk.pace(16), desk.pace(16)]);
  expect(performance.now() - began).toBeGreaterThan(55);
  expect(asked).toEqual([3]);
  await desk.pace(16);
  expect(asked).toEqual([3, 3]);
});

test("where leave is refused, nothing is asked", async () => {
  const reason = { code: "DAY_LIMIT", message: "m", hint: "h" };
  const desk = openLeaveDesk({
    rate: 1e6,
    batch: 1,
    signal: new AbortController().signal,
    ask: (id) => queueMicrotask(() => desk.take({ kind: "no-leave", id, reason, resumeInMs: 5 })),
  });
  await expect(desk.pace(16)).rejects.toBeInstanceOf(LeaveRefused);
});

test("whoever waits when the run is stopped asks nothing any more", async () => {
  const stopping = new AbortController();
  const desk = openLeaveDesk({
    rate: 1e6,
    batch: 1,
    signal: stopping.signal,
    ask: (id, requests) =>
      queueMicrotask(() => desk.take({ kind: "leave", id, requests, waitMs: 60_000, stepMs: 0 })),
  });
  const waiting = desk.pace(16);
  setTimeout(() => stopping.abort(), 10);
  await expect(waiting).rejects.toMatchObject({ code: "ABORTED" });
});
