import type { CountingEndpoint, CountingOptions } from "@indicia/testkit/counting-endpoint";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Investigation, NewInvestigation } from "../shapes/investigations.js";
import { addModel, addSuspect, serve, until } from "../test-support/scene.js";
import { openTestService, type TestService } from "../test-support/test-service.js";
import { createInvestigation } from "./create.js";
import { nextDay } from "./leave.js";
import { transition } from "./transitions.js";
import { startWorker, type Worker } from "./worker.js";

let service: TestService;
let worker: Worker;
let model: string;
const endpoints: CountingEndpoint[] = [];
beforeAll(async () => {
  service = await openTestService();
  worker = await startWorker(service.services, { settings: { pollMs: 50 }, complain: () => undefined });
  model = await addModel(service.services, true);
});
afterAll(async () => {
  await worker.stop();
  await service.close();
  for (const each of endpoints) await each.close();
});

const isPaused = ({ state }: Investigation): boolean => state === "paused";

async function begin(
  instead: CountingOptions["instead"],
  more: Partial<NewInvestigation> = {},
): Promise<{ readonly id: string; readonly endpoint: CountingEndpoint }> {
  const endpoint = await serve("innocent", instead === undefined ? {} : { instead });
  endpoints.push(endpoint);
  const suspect = await addSuspect(service.services, endpoint);
  const asking = { name: "n", model, suspect, budget: 200, rate: 10_000, start: true, ...more };
  return { id: (await createInvestigation(service.services, asking)).id, endpoint };
}

test("a suspect that asks to wait is left alone for as long, and what it turned away is asked later", async () => {
  const refusal = { status: 429, headers: { "retry-after": "600" }, body: "" };
  const { id, endpoint } = await begin((request) => (request === 4 ? refusal : null));
  const before = Date.now();
  const paused = await until(service.services, id, isPaused);
  expect(paused.reason?.code).toBe("SUSPECT_BUSY");
  const wait = Date.parse(paused.resumeAt ?? "") - before;
  expect(wait).toBeGreaterThan(590_000);
  await transition(service.services, id, "resume");
  const end = await until(service.services, id, ({ state }) => state === "concluded");
  expect(end).toMatchObject({ verdict: "inconclusive", lost: 0, reason: null, resumeAt: null });
  expect([...endpoint.asked.values()].filter((times) => times > 1)).toEqual([2]);
});

test("a suspect that asks for a human is left alone until somebody resumes", async () => {
  const headers = { "content-type": "text/html" };
  const challenge = { status: 403, headers, body: '<div class="g-recaptcha"></div>' };
  const { id } = await begin((request) => (request === 4 ? challenge : null));
  const paused = await until(service.services, id, isPaused);
  expect(paused).toMatchObject({ reason: { code: "SUSPECT_CHALLENGED" }, resumeAt: null });
  await transition(service.services, id, "resume");
  const end = await until(service.services, id, ({ state }) => state === "concluded");
  expect(end).toMatchObject({ lost: 0 });
});

test("no more is asked in a day than was said", async () => {
  const { id, endpoint } = await begin(undefined, { perDay: 48 });
  const paused = await until(service.services, id, isPaused);
  expect(paused).toMatchObject({ reason: { code: "DAY_LIMIT" }, lost: 0 });
  // The day begins at a midnight of UTC, and what is told of that took a moment.
  const late = Date.parse(paused.resumeAt ?? "") - nextDay(new Date()).getTime();
  expect(late >= 0 && late < 60_000).toBe(true);
  expect([...endpoint.asked.values()].reduce((sum, times) => sum + times, 0)).toBeLessThanOrEqual(48);
  expect(paused.asked).toBeGreaterThan(0);
});
