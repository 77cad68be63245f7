import { afterEach, beforeEach, expect, test } from "vitest";
import type { CountingEndpoint } from "@indicia/testkit/counting-endpoint";
import { addModel, addSuspect, serve, until } from "../test-support/scene.js";
import { openTestService, type TestService } from "../test-support/test-service.js";
import { createInvestigation } from "./create.js";
import { startWorker, type Worker } from "./worker.js";

let service: TestService;
let worker: Worker;
let endpoints: CountingEndpoint[] = [];
const complaints: unknown[] = [];
beforeEach(async () => {
  service = await openTestService();
  worker = await startWorker(service.services, {
    settings: { pollMs: 50 },
    complain: (error) => complaints.push(error),
  });
});
afterEach(async () => {
  await worker.stop();
  await service.close();
  for (const each of endpoints) await each.close();
  endpoints = [];
});

test.each([
  ["stolen", "match"],
  ["innocent", "inconclusive"],
] as const)(
  "an endpoint that serves the %s model is a %s, and no row is asked twice",
  async (file, verdict) => {
    const { services } = service;
    const endpoint = await serve(file);
    endpoints.push(endpoint);
    const [model, suspect] = [await addModel(services, true), await addSuspect(services, endpoint)];
    const asking = { name: "n", model, suspect, budget: 300, rate: 10_000, start: true };
    const { id } = await createInvestigation(services, asking);

    const end = await until(services, id, ({ state }) => state === "concluded");

    expect(complaints).toEqual([]);
    expect(end).toMatchObject({ state: "concluded", verdict, lost: 0, reason: null });
    expect(end.looks.length).toBeGreaterThan(0);
    // One probe is asked a second time, to see whether the answer is the same.
    expect([...endpoint.asked.values()].filter((times) => times > 1)).toEqual([2]);
  },
);
