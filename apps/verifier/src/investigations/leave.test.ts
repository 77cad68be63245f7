import { afterAll, beforeAll, expect, test } from "vitest";
import { addModel, addSuspect } from "../test-support/scene.js";
import { openTestService, type TestService } from "../test-support/test-service.js";
import { createInvestigation } from "./create.js";
import { countAsked, nextDay, reserve } from "./leave.js";

let service: TestService;
beforeAll(async () => {
  service = await openTestService();
});
afterAll(() => service.close());

test("whoever reserves for one host waits for all who did before, and for no other host", async () => {
  const { tables } = service.services.database;
  const at = (host: string, requests: number): Promise<{ waitMs: number; stepMs: number }> =>
    reserve(tables, { host, rate: 0.1, requests });
  const waits = [await at("a", 1), await at("a", 3), await at("a", 1), await at("b", 1)];
  expect(waits.map(({ stepMs }) => stepMs)).toEqual([10_000, 10_000, 10_000, 10_000]);
  // Some of the time has passed; far less than one step of it.
  expect(waits.map(({ waitMs }) => Math.ceil(waitMs / 10_000))).toEqual([0, 1, 4, 0]);
});

test("a day's rows are counted up to its limit, and begin anew the next day", async () => {
  const { services } = service;
  const [model, suspect] = [
    await addModel(services, true),
    await addSuspect(services, { url: "http://127.0.0.1:9/v2/models/m" }),
  ];
  const { id: investigation } = await createInvestigation(services, { name: "n", model, suspect });
  const count = (day: string, rows: number): Promise<boolean> =>
    countAsked(services.database.tables, { investigation, day, rows, limit: 20 });
  expect(await count("2026-02-28", 16)).toBe(true);
  expect(await count("2026-02-28", 16)).toBe(false);
  expect(await count("2026-02-28", 4)).toBe(true);
  expect(await count("2026-02-28", 1)).toBe(false);
  expect(await count("2026-03-01", 100)).toBe(true);
  expect(nextDay(new Date("2026-12-31T23:59:59Z"))).toEqual(new Date("2027-01-01T00:00:00Z"));
});
