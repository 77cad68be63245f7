import { readFileSync } from "node:fs";
import path from "node:path";
import { keyFileText } from "@indicia/operations/key-file";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { AuditEntry, MadeOwnerKey } from "../shapes/access.js";
import type { Page } from "../shapes/common.js";
import type { Model, ModelCopy } from "../shapes/models.js";
import { send, uploadAs, zipOf } from "../test-support/api.js";
import { OWNER_KEY, ownerFiles } from "../test-support/scene.js";
import { openTestService, type TestService } from "../test-support/test-service.js";

let service: TestService;
let model: Model;
beforeAll(async () => {
  const owner = await ownerFiles();
  service = await openTestService();
  const reference = await uploadAs(service, "m.onnx", readFileSync(path.join(owner, "reference.onnx")));
  const upload = await uploadAs(service, "r.zip", zipOf(path.join(owner, "registration")));
  const registration = { kind: "folder", upload, ownerKey: null };
  const asked = { name: "A", reference, registration };
  model = (await send<Model>(service, "investigator", "POST /models", asked)).body;
});
afterAll(() => service.close());

async function keyFrom(bytes: Uint8Array | null): Promise<string> {
  const file = bytes === null ? null : new TextEncoder().encode(keyFileText(bytes));
  const given =
    file === null
      ? { kind: "drawn" }
      : { kind: "uploaded", upload: await uploadAs(service, "owner.key", file, "admin"), passphrase: null };
  const made = await send<MadeOwnerKey>(service, "admin", "POST /owner-keys", {
    name: bytes === null ? "another" : "the owner's",
    ...given,
  });
  expect(made.status).toBe(201);
  return made.body.id;
}

test("a model gets its owner key later, and loses it again, by admins alone", async () => {
  expect(model).toMatchObject({ state: "ready", ownerKey: null });
  const at = `/models/${model.id}` as const;
  const other = await keyFrom(null);
  const wrong = await send(service, "admin", `PATCH ${at}`, { ownerKey: other });
  expect(wrong).toMatchObject({ status: 422, body: { code: "UNPROCESSABLE" } });
  expect(wrong.body.detail).toContain("this owner key is not the one");
  expect(wrong.body.detail).not.toContain(service.services.data.root);
  const missing = { ownerKey: "01ARZ3NDEKTSV4RRFFQ69G5FAV" };
  expect((await send(service, "admin", `PATCH ${at}`, missing)).status).toBe(422);

  const ownerKey = await keyFrom(OWNER_KEY);
  expect((await send(service, "investigator", `PATCH ${at}`, { ownerKey })).status).toBe(403);
  const seen = await send<Model>(service, "viewer", `GET ${at}`);
  expect(seen.body.ownerKey).toBeNull();
  const ifMatch = { "if-match": seen.headers.get("etag") ?? "" };
  const given = await send<Model>(service, "admin", `PATCH ${at}`, { ownerKey }, ifMatch);
  expect(given).toMatchObject({ status: 200, body: { ownerKey, name: "A" } });
  expect((await send(service, "admin", `PATCH ${at}`, { ownerKey: null }, ifMatch)).status).toBe(412);
  // Who only renames a model does not touch its key.
  const renamed = await send<Model>(service, "investigator", `PATCH ${at}`, { name: "B" });
  expect(renamed.body).toMatchObject({ name: "B", ownerKey });
  expect((await send(service, "admin", `DELETE /owner-keys/${ownerKey}`)).status).toBe(409);

  // With its key a copy can be marked; while that waits, the key stays.
  const copy = await send<ModelCopy>(service, "investigator", `POST ${at}/copies`, {});
  expect(copy.status).toBe(201);
  const busy = await send(service, "admin", `PATCH ${at}`, { ownerKey: null });
  expect(busy).toMatchObject({ status: 409, body: { code: "STATE_CONFLICT" } });
  await service.services.database.tables.deleteFrom("model_jobs").execute();

  expect((await send(service, "investigator", `PATCH ${at}`, { ownerKey: null })).status).toBe(403);
  const taken = await send<Model>(service, "admin", `PATCH ${at}`, { ownerKey: null });
  expect(taken.body.ownerKey).toBeNull();
  expect((await send(service, "investigator", `POST ${at}/copies`, {})).status).toBe(409);
  expect((await send(service, "admin", `DELETE /owner-keys/${ownerKey}`)).status).toBe(204);

  const { body } = await send<Page<AuditEntry>>(service, "admin", "GET /audit?limit=200");
  const changes = body.items.filter(({ action }) => action === "model.change");
  const keys = changes.map(({ detail }) => detail["ownerKey"]).filter((each) => each !== undefined);
  // The newest first, or not: nobody depends on it here.
  expect(new Set(keys)).toEqual(new Set([ownerKey, null]));
  expect(keys).toHaveLength(2);
});
