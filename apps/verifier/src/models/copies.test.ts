import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Page } from "../shapes/common.js";
import type { ModelCopy } from "../shapes/models.js";
import { type Answered, eventually, send } from "../test-support/api.js";
import { addModel } from "../test-support/scene.js";
import { openTestService, type TestService } from "../test-support/test-service.js";
import { MODEL_FILES } from "./model-files.js";
import { startModelJobs } from "./model-jobs.js";
import { registrationFolder } from "./model-store.js";

let service: TestService;
let model: string;
let stopJobs: () => Promise<void>;
beforeAll(async () => {
  service = await openTestService();
  model = await addModel(service.services, true);
  stopJobs = startModelJobs(service.services, (error) => {
    throw error;
  });
});
afterAll(async () => {
  await stopJobs();
  await service.close();
});

const STRENGTHS = { weights: 0.01, readout: 0.15 };

async function mark(json: object): Promise<ModelCopy> {
  const made = await send<ModelCopy>(service, "investigator", `POST /models/${model}/copies`, json);
  expect(made).toMatchObject({ status: 201, body: { state: "marking", marked: null, model } });
  const at = `/models/${model}/copies/${made.body.id}` as const;
  expect(made.headers.get("location")).toBe(`/api/v1${at}`);
  const ended = await eventually<Answered<ModelCopy>>(
    () => send(service, "viewer", `GET ${at}`),
    ({ body }) => body.state !== "marking",
  );
  return ended.body;
}

const marks = (): string[] =>
  readFileSync(path.join(registrationFolder(service.services, model), "marks.jsonl"), "utf8")
    .trim()
    .split("\n");

test("a copy is marked, noted in the registration, and can be had", async () => {
  const copy = await mark({ ...STRENGTHS, name: "1.0", payload: "For Carol" });
  expect(copy).toMatchObject({
    state: "ready",
    name: "1.0",
    customer: null,
    marked: { readout: 0.15, weights: null },
  });
  expect(marks().at(-1)).toContain(copy.marked?.sha256);
  const file = await service.call("investigator", `/models/${model}/copies/${copy.id}/file`);
  const bytes = new Uint8Array(await file.arrayBuffer());
  expect(createHash("sha256").update(bytes).digest("hex")).toBe(copy.marked?.sha256);
  expect(file.headers.get("content-disposition")).toBe(`attachment; filename="copy-${copy.id}.onnx"`);
  expect((await service.call("viewer", `/models/${model}/copies/${copy.id}/file`)).status).toBe(403);
  const listed = await send<Page<ModelCopy>>(service, "viewer", `GET /models/${model}/copies`);
  expect(listed.body.items).toEqual([copy]);
  const at = `/models/${model}/copies/${copy.id}` as const;
  expect((await send(service, "investigator", `DELETE ${at}`)).status).toBe(403);
  expect((await send(service, "admin", `DELETE ${at}`)).status).toBe(204);
  expect((await send(service, "viewer", `GET ${at}`)).status).toBe(404);
});

test("a customer's copy is another one, and the customer is entered in the register", async () => {
  const one = await mark({ ...STRENGTHS, customer: "alice" });
  const other = await mark({ ...STRENGTHS, customer: "bob" });
  expect([one.state, other.state]).toEqual(["ready", "ready"]);
  expect(one.marked?.sha256).not.toBe(other.marked?.sha256);
  const register = path.join(service.services.data.model(model), MODEL_FILES.customers);
  expect(readFileSync(register, "utf8")).toContain("bob");
});

test("what cannot be marked says why", async () => {
  const at = `POST /models/${model}/copies` as const;
  for (const json of [
    { weights: "off", readout: "off" },
    { weights: "off", payload: "x" },
    { readout: "off", customer: "alice" },
    { weights: 0.5 },
    { payload: "x".repeat(33) },
    { payload: "é".repeat(17) },
  ])
    expect({ json, ...(await send(service, "investigator", at, json)) }).toMatchObject({ json, status: 400 });
  const keyless = await addModel(service.services, false);
  const refused = await send(service, "investigator", `POST /models/${keyless}/copies`, STRENGTHS);
  expect(refused).toMatchObject({ status: 409, body: { code: "STATE_CONFLICT" } });
  expect((await send(service, "viewer", at, STRENGTHS)).status).toBe(403);
});
