import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { listen, type Listening } from "@indicia/service/listen";
import type { MadeOwnerKey, Role } from "../shapes/access.js";
import type { Upload } from "../shapes/common.js";
import type { Overview } from "../shapes/investigations.js";
import type { Model, ModelCopy } from "../shapes/models.js";
import type { Inspection, Suspect } from "../shapes/suspects.js";
import { eventually } from "../test-support/api.js";
import { keyOf, openTestService, type TestService } from "../test-support/test-service.js";
import { startModelJobs } from "./model-jobs.js";

const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));
const folder = mkdtempSync(path.join(os.tmpdir(), "indicia-glyphs-"));

let service: TestService;
let server: Listening;
let stopJobs: () => Promise<void>;
beforeAll(async () => {
  service = await openTestService();
  const fetch = (request: Request): Promise<Response> => {
    const { method, headers, body } = request;
    return service.fetch(request.url, { method, headers, body, duplex: "half" });
  };
  server = await listen({ fetch }, { host: "127.0.0.1", port: 0 });
  stopJobs = startModelJobs(service.services, (error) => {
    throw error;
  });
});
afterAll(async () => {
  await stopJobs();
  await server.close();
  await service.close();
  rmSync(folder, { recursive: true });
});

async function ask<Body>(role: Role, request: string, body?: object | Uint8Array): Promise<Body> {
  const [method = "GET", at = ""] = request.split(" ");
  const bytes = body instanceof Uint8Array;
  const answer = await fetch(`${server.address}/api/v1${at}`, {
    method,
    headers: {
      authorization: `Bearer ${keyOf(role)}`,
      ...(body === undefined
        ? {}
        : { "content-type": bytes ? "application/octet-stream" : "application/json" }),
    },
    ...(body === undefined ? {} : { body: bytes ? Uint8Array.from(body) : JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${request}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as Body;
}

const upload = async (name: string, file: string): Promise<string> =>
  (await ask<Upload>("investigator", `POST /uploads?name=${name}`, readFileSync(file))).id;

async function drawn(name: string): Promise<string> {
  const out = path.join(folder, `${name}.npz`);
  const draw = path.join(ROOT, "packages/bench/dist/test-models/draw-main.js");
  const args = [draw, "--seed", `verifier ${name}`, "--count", "700", "--out", out];
  await promisify(execFile)(process.execPath, args);
  return await upload(`${name}.npz`, out);
}

test("over HTTP, from an unmarked file to a suspect that shows what it reveals", async () => {
  const key = await ask<MadeOwnerKey>("admin", "POST /owner-keys", { name: "glyphs", kind: "drawn" });
  expect(key.file).toMatch(/^indicia-key-1\n[0-9a-f]{64}\n$/);

  const glyphs = path.join(ROOT, "test-models/glyphs.onnx");
  const made = await ask<Model>("investigator", "POST /models", {
    name: "Glyphs",
    reference: await upload("glyphs.onnx", glyphs),
    registration: {
      kind: "new",
      ownerKey: key.id,
      calibration: await drawn("calibration"),
      pool: await drawn("pool"),
      payload: "Copy for Alice",
      owner: "The owner",
    },
  });
  const model = await eventually(
    () => ask<Model>("viewer", `GET /models/${made.id}`),
    ({ state }) => state !== "registering",
  );
  expect(model).toMatchObject({ state: "ready", error: null });
  expect(model.registration).toMatchObject({
    reference: { sha256: createHash("sha256").update(readFileSync(glyphs)).digest("hex") },
    readout: { refusal: null, classes: 20 },
    weights: { refusal: null },
    pool: { rows: 700, random: false },
  });

  const marking = await ask<ModelCopy>("investigator", `POST /models/${made.id}/copies`, { readout: 0.15 });
  const copy = await eventually(
    () => ask<ModelCopy>("viewer", `GET /models/${made.id}/copies/${marking.id}`),
    ({ state }) => state !== "marking",
  );
  expect(copy).toMatchObject({ state: "ready", marked: { readout: 0.15, rows: 700 } });
  expect(copy.marked?.weights).toBeGreaterThan(0);
  const file = await fetch(`${server.address}/api/v1/models/${made.id}/copies/${copy.id}/file`, {
    headers: { authorization: `Bearer ${keyOf("investigator")}` },
  });
  const stolen = new Uint8Array(await file.arrayBuffer());
  expect(createHash("sha256").update(stolen).digest("hex")).toBe(copy.marked?.sha256);

  const { id } = await ask<Upload>("investigator", "POST /uploads?name=found.onnx", stolen);
  const suspect = await ask<Suspect>("investigator", "POST /suspects", {
    name: "Found in a shop",
    target: { kind: "file", protocol: "onnx-black-box", upload: id },
  });
  expect(suspect.target).toMatchObject({ sha256: copy.marked?.sha256, name: "found.onnx" });
  const inspection = await ask<Inspection>("investigator", `POST /suspects/${suspect.id}/inspect`, {
    model: made.id,
  });
  expect(inspection).toMatchObject({
    reachable: true,
    error: null,
    classes: 20,
    decimals: null,
    deterministic: true,
    queries: 16,
  });
  expect(["probabilities", "logits"]).toContain(inspection.answers);
  expect(await ask<Overview>("viewer", "GET /overview")).toMatchObject({ models: 1, suspects: 1 });
  expect(JSON.stringify(service.logged())).not.toContain("Copy for Alice");
});
