import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { registeredShadowName } from "@indicia/core/shadow-folder";
import { type LocalAuthority, localAuthority } from "@indicia/testkit/local-authority";
import { type ServedAuthority, serveAuthority } from "@indicia/testkit/serve-authority";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { MadeOwnerKey, Role } from "../shapes/access.js";
import type { Problem } from "../shapes/common.js";
import type { Model, ModelCopy, NewAnchor, NewModel } from "../shapes/models.js";
import { type Answered, eventually, send, uploadAs } from "../test-support/api.js";
import { ownerFiles } from "../test-support/scene.js";
import { openTestService, type TestService } from "../test-support/test-service.js";
import { startModelJobs } from "./model-jobs.js";

let service: TestService;
let authority: LocalAuthority;
let served: ServedAuthority;
let reference: Uint8Array;
let ownerKey: string;
let stopJobs: () => Promise<void>;
beforeAll(async () => {
  reference = readFileSync(path.join(await ownerFiles(), "reference.onnx"));
  authority = await localAuthority();
  served = await serveAuthority(authority, () => new Date());
  service = await openTestService();
  stopJobs = startModelJobs(service.services, (error) => {
    throw error;
  });
  const made = await send<MadeOwnerKey>(service, "admin", "POST /owner-keys", { name: "k", kind: "drawn" });
  ownerKey = made.body.id;
});
afterAll(async () => {
  await stopJobs();
  await service.close();
  await served.close();
});

type Wishes = { readonly anchor?: NewAnchor; readonly shadows?: number };

async function create<Body = Problem>(role: Role, wishes: Wishes): Promise<Answered<Body>> {
  const registration: NewModel["registration"] = {
    kind: "new",
    ownerKey,
    calibration: "random:64",
    pool: null,
    payload: null,
    owner: null,
    ...wishes,
  };
  const file = await uploadAs(service, "model.onnx", reference, role);
  return await send<Body>(service, role, "POST /models", { name: "A", reference: file, registration });
}

async function registered(wishes: Wishes): Promise<Model> {
  const made = await create<Model>("admin", wishes);
  expect(made.status).toBe(201);
  const ended = await eventually(
    () => send<Model>(service, "viewer", `GET /models/${made.body.id}`),
    ({ body }) => body.state !== "registering",
  );
  return ended.body;
}

const anchorOf = (given: Partial<NewAnchor>): NewAnchor => ({
  authorities: [{ url: served.url, qualified: false }],
  roots: null,
  allowPrivate: true,
  beacon: null,
  ...given,
});

test("a registration is dated by an authority whose root is known, and waits for chance", async () => {
  const roots = await uploadAs(service, "root.pem", new TextEncoder().encode(authority.rootPem), "admin");
  const model = await registered({ anchor: anchorOf({ roots, beacon: "drand" }) });
  expect(model).toMatchObject({
    state: "ready",
    registration: { timestamps: 1, beacon: true, shadows: 0 },
  });
  const reasons = model.registration?.standingReasons.join() ?? "";
  expect(reasons).not.toMatch(/timestamp|beacon|seed/);
  const folder = path.join(service.services.data.model(model.id), "registration");
  expect(existsSync(path.join(folder, "timestamps/0.tsr"))).toBe(true);
  expect(readFileSync(path.join(folder, "timestamps/roots.pem"), "utf8")).toContain("BEGIN CERTIFICATE");
  expect(existsSync(path.join(service.services.data.model(model.id), "inputs"))).toBe(false);

  // The round is out in an hour and a quarter; until then there is nothing to mark with.
  const copy = await send<ModelCopy>(service, "investigator", `POST /models/${model.id}/copies`, {});
  const marked = await eventually(
    () => send<ModelCopy>(service, "viewer", `GET /models/${model.id}/copies/${copy.body.id}`),
    ({ body }) => body.state !== "marking",
  );
  expect(marked.body).toMatchObject({ state: "failed", error: { code: "BEACON_PENDING" } });
});

test("no model is registered where its authority cannot be believed or asked", async () => {
  const impostor = await localAuthority();
  const roots = await uploadAs(service, "root.pem", new TextEncoder().encode(impostor.rootPem), "admin");
  expect(await registered({ anchor: anchorOf({ roots }) })).toMatchObject({
    state: "failed",
    error: { code: "TIMESTAMP_CHAIN" },
  });
  const closed = "http://127.0.0.1:1/";
  const unreachable = await registered({
    anchor: anchorOf({ authorities: [{ url: closed, qualified: false }] }),
  });
  expect(unreachable).toMatchObject({ state: "failed", error: { code: "SUSPECT_UNREACHABLE" } });
});

test("authorities in one's own network are for admins to allow, and nothing else gets there", async () => {
  expect(await create("investigator", { anchor: anchorOf({}) })).toMatchObject({
    status: 403,
    body: { code: "ROLE_REQUIRED" },
  });
  for (const url of [
    served.url,
    "ftp://tsa.example/",
    "http://user:word@tsa.example/",
    "tsa",
    "http://[::1]/",
  ]) {
    const anchor = anchorOf({ allowPrivate: false, authorities: [{ url, qualified: false }] });
    expect([url, (await create("investigator", { anchor })).status]).toEqual([url, 422]);
  }
  const rootless = anchorOf({ authorities: [], roots: ownerKey });
  expect((await create("admin", { anchor: rootless })).status).toBe(400);
  expect((await create("admin", { shadows: 9 })).status).toBe(400);
});

test("students are made first, and registered with the model", async () => {
  const model = await registered({ shadows: 2 });
  expect(model).toMatchObject({ state: "ready", registration: { shadows: 2, timestamps: 0 } });
  const folder = service.services.data.model(model.id);
  expect(existsSync(path.join(folder, "registration", registeredShadowName(1)))).toBe(true);
  expect(existsSync(path.join(folder, "shadows"))).toBe(false);
});
