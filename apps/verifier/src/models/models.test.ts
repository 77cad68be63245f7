import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { readZip, unpackEntry } from "@indicia/evidence/zip-read";
import { tinyClassifier } from "@indicia/testkit/tiny-classifier";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { AuditEntry, MadeOwnerKey } from "../shapes/access.js";
import type { Page, Problem } from "../shapes/common.js";
import type { Model, NewModel } from "../shapes/models.js";
import { type Answered, eventually, send, uploadAs, zipOf } from "../test-support/api.js";
import { makeZip } from "../test-support/make-zip.js";
import { OWNER_KEY, ownerFiles } from "../test-support/scene.js";
import { openTestService, type TestService } from "../test-support/test-service.js";
import { startModelJobs } from "./model-jobs.js";

let service: TestService;
let owner: string;
let stopJobs: () => Promise<void> = async () => undefined;
beforeAll(async () => {
  owner = await ownerFiles();
  service = await openTestService();
});
afterEach(async () => {
  await stopJobs();
  stopJobs = async () => undefined;
});
afterAll(() => service.close());

const reference = (): Uint8Array => readFileSync(path.join(owner, "reference.onnx"));
const folders = (): string[] => readdirSync(path.dirname(service.services.data.model("x")));

async function ownerKey(name: string): Promise<string> {
  const made = await send<MadeOwnerKey>(service, "admin", "POST /owner-keys", { name, kind: "drawn" });
  expect(made.status).toBe(201);
  return made.body.id;
}

async function heldKey(): Promise<string> {
  const id = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
  const { database, secrets } = service.services;
  const sealed = await secrets.seal(`owner-key/${id}`, OWNER_KEY);
  const row = { id, name: "the owner's", created: new Date(), sealed };
  await database.tables
    .insertInto("owner_keys")
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return id;
}

function start(): void {
  stopJobs = startModelJobs(service.services, (error) => {
    throw error;
  });
}

async function create<Body = Problem>(
  given: Partial<NewModel> & { readonly registration: NewModel["registration"] },
  bytes: Uint8Array = reference(),
): Promise<Answered<Body>> {
  const upload = await uploadAs(service, "model.onnx", bytes);
  return await send<Body>(service, "investigator", "POST /models", {
    name: "A",
    reference: upload,
    ...given,
  });
}

const ended = (id: string): Promise<Answered<Model>> =>
  eventually(
    () => send<Model>(service, "viewer", `GET /models/${id}`),
    ({ body }) => body.state !== "registering",
  );

describe("a model that is registered here", () => {
  let model: Model;

  test("is ready once its registration is made, and its uploads are used up", async () => {
    start();
    const key = await ownerKey("drawn");
    const csv = Array.from({ length: 40 }, (_, row) =>
      Array.from({ length: 12 }, (__, i) => (row * i) % 7).join(","),
    );
    const calibration = await uploadAs(
      service,
      "../rows.CSV",
      new TextEncoder().encode(`${csv.join("\n")}\n`),
    );
    const made = await create<Model>({
      notes: "n",
      registration: {
        kind: "new",
        ownerKey: key,
        calibration,
        pool: "random:50",
        payload: "Copy for Bob",
        owner: "Owner",
      },
    });
    expect(made.body).toMatchObject({ state: "registering", ownerKey: key, registration: null, error: null });
    expect(made.status).toBe(201);
    expect((await send(service, "investigator", `GET /uploads/${calibration}`)).status).toBe(404);
    const ready = await ended(made.body.id);
    model = ready.body;
    expect(model).toMatchObject({ state: "ready", step: null, error: null });
    expect(model.registration).toMatchObject({
      owner: "Owner",
      pool: { rows: 50, random: true },
      reference: { bytes: reference().length },
      counted: 0,
      readout: { refusal: null, classes: 7 },
    });
    expect(readdirSync(service.services.data.model(model.id)).sort()).toEqual([
      "reference.onnx",
      "registration",
    ]);
    const rows = await service.services.database.tables.selectFrom("model_jobs").selectAll().execute();
    expect(rows).toEqual([]);
    const object = `models/${model.id}`;
    const audited = await eventually(
      () => send<Page<AuditEntry>>(service, "admin", "GET /audit"),
      ({ body }) => body.items.some(({ action }) => action === "model.registered"),
    );
    expect(audited.body.items).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          action: "model.create",
          actor: expect.stringMatching(/^investigator/) as string,
          object,
        }),
        expect.objectContaining({
          action: "model.registered",
          actor: "system",
          object,
          detail: { commitment: model.registration?.commitment },
        }),
      ]),
    );
  });

  test("gives its registration to investigators as an archive", async () => {
    expect((await send(service, "viewer", `GET /models/${model.id}/registration`)).status).toBe(403);
    const answer = await service.call("investigator", `/models/${model.id}/registration`);
    expect(answer.headers.get("content-type")).toBe("application/zip");
    const entries = new Map(
      readZip(new Uint8Array(await answer.arrayBuffer())).map((entry) => [entry.name, unpackEntry(entry)]),
    );
    const file = entries.get("registration.json") ?? new Uint8Array();
    expect(createHash("sha256").update(file).digest("hex")).toBe(model.registration?.commitment);
    expect(new TextDecoder().decode(entries.get("payload.secret.txt"))).toBe("Copy for Bob");
    expect([...entries.keys()]).toEqual(
      expect.arrayContaining(["chain.jsonl", "calibration.npz", "pool.npz"]),
    );
  });

  test("can be renamed by whoever has seen it as it is", async () => {
    const at = `/models/${model.id}` as const;
    const seen = await send<Model>(service, "viewer", `GET ${at}`);
    const etag = seen.headers.get("etag") ?? "";
    const renamed = await send<Model>(
      service,
      "investigator",
      `PATCH ${at}`,
      { name: "B" },
      { "if-match": etag },
    );
    expect(renamed.body).toMatchObject({ name: "B", notes: "n" });
    const late = await send(service, "investigator", `PATCH ${at}`, { name: "C" }, { "if-match": etag });
    expect(late.status).toBe(412);
    expect((await send(service, "viewer", `PATCH ${at}`, { name: "C" })).status).toBe(403);
  });

  test("is deleted by admins alone, files and all", async () => {
    const at = `/models/${model.id}` as const;
    expect((await send(service, "investigator", `DELETE ${at}`)).status).toBe(403);
    expect((await send(service, "admin", `DELETE ${at}`)).status).toBe(204);
    expect((await send(service, "viewer", `GET ${at}`)).status).toBe(404);
    expect(existsSync(service.services.data.model(model.id))).toBe(false);
  });
});

describe("a registering job", () => {
  const asked = async (): Promise<NewModel["registration"]> => ({
    kind: "new",
    ownerKey: await heldKey(),
    calibration: "random:64",
    pool: null,
    payload: null,
    owner: null,
  });

  test("that is interrupted is taken up again", async () => {
    const { tables } = service.services.database;
    const made = await create<Model>({ registration: await asked() });
    start();
    await eventually(
      () => tables.selectFrom("model_jobs").select("holder").executeTakeFirst(),
      (job) => job?.holder != null,
    );
    await stopJobs();
    const left = await tables.selectFrom("model_jobs").selectAll().executeTakeFirstOrThrow();
    expect(left).toMatchObject({ holder: null, lease: null, attempts: 0 });
    expect((await send<Model>(service, "viewer", `GET /models/${made.body.id}`)).body.state).toBe(
      "registering",
    );
    start();
    expect((await ended(made.body.id)).body.state).toBe("ready");
  });

  test("whose holders died too often fails", async () => {
    const made = await create<Model>({ registration: await asked() });
    await service.services.database.tables
      .updateTable("model_jobs")
      .set({ attempts: 3, holder: "dead", lease: new Date(Date.now() - 1) })
      .execute();
    expect((await send(service, "admin", `DELETE /models/${made.body.id}`)).status).toBe(409);
    start();
    const { body } = await ended(made.body.id);
    expect(body).toMatchObject({ state: "failed", error: { code: "JOB_LOST" } });
    expect((await send(service, "admin", `DELETE /models/${made.body.id}`)).status).toBe(204);
  });

  test("that cannot be done says why, and no path of the service's", async () => {
    const calibration = await uploadAs(service, "bad.npz", new TextEncoder().encode("no archive"));
    const made = await create<Model>({
      registration: { ...(await asked()), calibration } as NewModel["registration"],
    });
    start();
    const { body } = await ended(made.body.id);
    expect(body).toMatchObject({ state: "failed", error: { code: "NPZ_INVALID" } });
    expect(JSON.stringify(body)).not.toContain(service.services.data.root);
  });
});

describe("a registration that was made elsewhere", () => {
  const zipped = (): Promise<string> => uploadAs(service, "r.zip", zipOf(path.join(owner, "registration")));

  test("is taken up once, with its key or without", async () => {
    const key = await heldKey();
    const made = await create<Model>({
      registration: { kind: "folder", upload: await zipped(), ownerKey: null },
    });
    expect(made.body).toMatchObject({ state: "ready", ownerKey: null, registration: { counted: 0 } });
    const again = await create({ registration: { kind: "folder", upload: await zipped(), ownerKey: key } });
    expect(again).toMatchObject({ status: 409, body: { code: "CONFLICT" } });
    expect((await send(service, "admin", `DELETE /models/${made.body.id}`)).status).toBe(204);
    const keyed = await create<Model>({
      registration: { kind: "folder", upload: await zipped(), ownerKey: key },
    });
    expect(keyed.body).toMatchObject({ state: "ready", ownerKey: key });
  });

  test.each<[string, (folder: string) => void, string]>([
    ["a changed basis", (folder) => flip(path.join(folder, "basis.f64")), "basis.f64"],
    [
      "changed calibration data",
      (folder) => cpSync(path.join(folder, "pool.npz"), path.join(folder, "calibration.npz")),
      "calibration.npz",
    ],
    ["no chain", (folder) => rmSync(path.join(folder, "chain.jsonl")), "chain.jsonl"],
    ["nothing of ours", (folder) => rmSync(path.join(folder, "registration.json")), "registration.json"],
  ])("with %s is refused, and leaves nothing", async (_, change, named) => {
    const folder = mkdtempSync(path.join(os.tmpdir(), "indicia-registration-"));
    cpSync(path.join(owner, "registration"), folder, { recursive: true });
    change(folder);
    const upload = await uploadAs(service, "r.zip", zipOf(folder));
    rmSync(folder, { recursive: true });
    const before = folders();
    const made = await create({ registration: { kind: "folder", upload, ownerKey: null } });
    expect(made).toMatchObject({ status: 422, body: { code: "UNPROCESSABLE" } });
    expect(made.body.detail).toContain(named);
    expect(made.body.detail).not.toContain(service.services.data.root);
    expect(folders()).toEqual(before);
  });

  test("of another model or under another key is refused", async () => {
    const other = await create(
      { registration: { kind: "folder", upload: await zipped(), ownerKey: null } },
      tinyClassifier({ seed: 5 }).bytes,
    );
    expect(other.status).toBe(422);
    expect(other.body.detail).toContain("not the one that was registered");
    const wrong = await create({
      registration: { kind: "folder", upload: await zipped(), ownerKey: await ownerKey("another") },
    });
    expect(wrong.status).toBe(422);
    expect(wrong.body.detail).toContain("this owner key is not the one");
  });
});

describe("what is no model", () => {
  const random = { calibration: "random:8", pool: null, payload: null, owner: null } as const;

  test.each<[string, Uint8Array, string]>([
    ["nonsense", new TextEncoder().encode("not a model at all"), "reference.onnx"],
    ["a model that was cut", readFileSync("test-models/glyphs.onnx").subarray(0, 5000), "reference.onnx"],
    ["an empty archive", makeZip([]), "reference.onnx"],
    [
      "an archive of two",
      makeZip(["a.onnx", "b.onnx"].map((name) => ({ name, content: "x" }))),
      "2 .onnx files",
    ],
    [
      "an archive that takes our names",
      makeZip([
        { name: "a.onnx", content: "x" },
        { name: "registration/x", content: "" },
      ]),
      "cannot be called",
    ],
    ["an archive that leads out", makeZip([{ name: "../a.onnx", content: "x" }]), "with the name"],
  ])("%s is refused, and leaves nothing", async (_, bytes, named) => {
    const before = folders();
    const made = await create({ registration: { kind: "new", ownerKey: await heldKey(), ...random } }, bytes);
    expect(made).toMatchObject({ status: 422, body: { code: "UNPROCESSABLE" } });
    expect(made.body.detail).toContain(named);
    expect(folders()).toEqual(before);
  });

  test("nor is what nobody uploaded, a key that is not there, or data of no known kind", async () => {
    const key = await heldKey();
    const missing = await send(service, "investigator", "POST /models", {
      name: "A",
      reference: "01ARZ3NDEKTSV4RRFFQ69G5FAV",
      registration: { kind: "new", ownerKey: key, ...random },
    });
    expect(missing.status).toBe(422);
    const keyless = await create({
      registration: { kind: "new", ownerKey: "01ARZ3NDEKTSV4RRFFQ69G5FAZ", ...random },
    });
    expect(keyless.status).toBe(422);
    const pickle = await uploadAs(service, "rows.pkl", new Uint8Array(4));
    const strange = await create({
      registration: { kind: "new", ownerKey: key, ...random, calibration: pickle },
    });
    expect(strange.body.detail).toContain("neither .npz nor .npy nor .csv");
    for (const calibration of ["random:0", "random:99999999", "/etc/passwd", "random:8\n"]) {
      const bad = await create({ registration: { kind: "new", ownerKey: key, ...random, calibration } });
      expect({ calibration, ...bad }).toMatchObject({ calibration, status: 400 });
    }
    expect((await send(service, "viewer", "POST /models", {})).status).toBe(403);
    expect((await send(service, "nobody", "GET /models")).status).toBe(401);
  });
});

function flip(file: string): void {
  const bytes = readFileSync(file);
  bytes[100] = (bytes[100] ?? 0) ^ 1;
  writeFileSync(file, bytes);
}
