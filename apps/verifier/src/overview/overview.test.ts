import { afterAll, beforeAll, expect, test } from "vitest";
import type { Overview } from "../shapes/investigations.js";
import { send } from "../test-support/api.js";
import { addModel, addSuspect } from "../test-support/scene.js";
import { openTestService, type TestService } from "../test-support/test-service.js";
import { readVersion } from "./version.js";

let service: TestService;
beforeAll(async () => {
  service = await openTestService();
});
afterAll(() => service.close());

test("the overview counts what there is, and shows the newest investigations", async () => {
  const nothing = await send<Overview>(service, "viewer", "GET /overview");
  expect(nothing.body).toMatchObject({ models: 0, suspects: 0, newest: [], version: readVersion() });
  expect(Object.values(nothing.body.investigations)).toEqual(Array(8).fill(0));
  const model = await addModel(service.services, false);
  const suspect = await addSuspect(service.services, { file: "stolen" });
  for (let i = 0; i < 7; i++)
    await send(service, "investigator", "POST /investigations", { name: `i${i}`, model, suspect });
  const { body } = await send<Overview>(service, "viewer", "GET /overview");
  expect(body).toMatchObject({ models: 1, suspects: 1, investigations: { draft: 7, running: 0 } });
  expect(body.newest.map(({ name }) => name)).toEqual(["i6", "i5", "i4", "i3", "i2"]);
  expect((await send(service, "nobody", "GET /overview")).status).toBe(401);
});
