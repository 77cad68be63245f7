import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { ENDPOINT_PROTOCOLS } from "@indicia/suspects/protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AuditEntry } from "../shapes/access.js";
import type { Page, Problem } from "../shapes/common.js";
import type { ProbeSet } from "../shapes/investigations.js";
import type { Inspection, NewSuspect, Suspect, SuspectHistory } from "../shapes/suspects.js";
import { type Answered, send, uploadAs } from "../test-support/api.js";
import { addModel, ownerFiles, serve } from "../test-support/scene.js";
import { openTestService, type TestService } from "../test-support/test-service.js";
import { findSuspect } from "./suspect-store.js";
import { openSecrets, openUrl } from "./suspect-secrets.js";

let service: TestService;
beforeAll(async () => {
  service = await openTestService();
});
afterAll(() => service.close());

type Endpoint = Extract<NewSuspect["target"], { readonly kind: "endpoint" }>;
const ENDPOINT: Endpoint = {
  kind: "endpoint",
  protocol: "oip",
  url: "https://models.example/v2/models/m?api-version=1&api_key=hush",
  model: null,
  options: {},
  headers: {},
  allowPrivate: false,
};

async function create<Body = Problem>(
  target: Partial<Endpoint>,
  role: "investigator" | "admin" = "investigator",
): Promise<Answered<Body>> {
  return await send<Body>(service, role, "POST /suspects", {
    name: "S",
    target: { ...ENDPOINT, ...target },
  });
}

describe("secrets of a suspect", () => {
  const headers = { Authorization: "Bearer hush-hush", "x-team": "blue" };

  test("go in and never come out", async () => {
    const made = await create<Suspect>({ headers });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      target: { headers: ["Authorization", "x-team"] },
      rate: 20,
      inspection: null,
    });
    const { id } = made.body;
    const shown = [
      made.body,
      (await send(service, "admin", `GET /suspects/${id}`)).body,
      (await send(service, "admin", "GET /suspects")).body,
      (await send(service, "admin", "GET /audit")).body,
      await service.services.database.tables.selectFrom("suspects").selectAll().execute(),
      service.logged(),
    ];
    const text = JSON.stringify(shown.slice(0, 4).concat(shown.slice(5)));
    expect(text).not.toContain("hush");
    expect(text).toContain("api-version=1");
    expect(JSON.stringify(shown[4])).not.toContain("hush");
    const row = await findSuspect(service.services, id);
    const { target, query } = row;
    if (target.kind === "file") throw new RangeError("an endpoint was made");
    expect(await openUrl(service.services, { id, shown: target.url, query })).toBe(ENDPOINT.url);
    expect(await openSecrets(service.services, row)).toEqual({ headers, secrets: {} });
  });

  test("options that are nested without end are refused as any other mistake", async () => {
    const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
    const body = JSON.stringify({ name: "S", target: ENDPOINT }).replace(
      '"options":{}',
      `"options":{"a":${deep}}`,
    );
    const answer = await service.call("investigator", "/suspects", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    expect(answer.status).toBe(400);
  });

  test("open for their own suspect alone, and are replaced as a whole", async () => {
    const one = await findSuspect(service.services, (await create<Suspect>({ headers })).body.id);
    const other = await findSuspect(service.services, (await create<Suspect>({})).body.id);
    await expect(openSecrets(service.services, { ...other, headers: one.headers })).rejects.toMatchObject({
      code: "DATA_INVALID",
    });
    const changed = await send<Suspect>(service, "investigator", `PATCH /suspects/${one.id}`, {
      headers: { "x-key": "new" },
      rate: 3,
    });
    expect(changed.body).toMatchObject({ rate: 3, target: { headers: ["x-key"] } });
    const row = await findSuspect(service.services, one.id);
    expect((await openSecrets(service.services, row)).headers).toEqual({ "x-key": "new" });
    const none = await send<Suspect>(service, "investigator", `PATCH /suspects/${one.id}`, { headers: {} });
    expect(none.body).toMatchObject({ target: { headers: [] } });
    expect((await findSuspect(service.services, one.id)).headers).toBeNull();
  });

  test("for signing are kept apart, and are never the service's own", async () => {
    const sagemaker = {
      protocol: "sagemaker",
      url: "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/m/invocations",
    };
    const without = await create(sagemaker);
    expect(without).toMatchObject({ status: 422 });
    expect(without.body.detail).toContain("no credentials");
    process.env["SUSPECTS_TEST_SECRET"] = "of the service";
    const stolen = await create({
      ...sagemaker,
      options: {
        credentials: { accessKeyId: "SUSPECTS_TEST_SECRET", secretAccessKey: "SUSPECTS_TEST_SECRET" },
      },
    });
    delete process.env["SUSPECTS_TEST_SECRET"];
    expect(stolen.status).toBe(422);
    const secrets = { AWS_ACCESS_KEY_ID: "AKIA", AWS_SECRET_ACCESS_KEY: "hush-hush" };
    const made = await create<Suspect>({ ...sagemaker, secrets });
    expect(made.body).toMatchObject({ target: { headers: [], secrets: Object.keys(secrets) } });
    const row = await findSuspect(service.services, made.body.id);
    expect(await openSecrets(service.services, row)).toEqual({ headers: {}, secrets });
  });
});

describe("an endpoint", () => {
  test.each<[string, Partial<Endpoint>, number]>([
    ["loopback", { url: "http://127.0.0.1/v2/models/m" }, 422],
    ["loopback in decimal", { url: "http://2130706433/" }, 422],
    ["loopback in hexadecimal", { url: "http://0x7f.1/" }, 422],
    ["a cloud's metadata", { url: "http://169.254.169.254/latest" }, 422],
    ["IPv6 loopback", { url: "http://[::1]/" }, 422],
    ["IPv4 in IPv6", { url: "http://[::ffff:10.0.0.1]/" }, 422],
    ["another scheme", { url: "file:///etc/passwd" }, 422],
    ["a password in the address", { url: "https://a:b@models.example/" }, 422],
    ["no address", { url: "models.example" }, 422],
    ["a protocol that is not there", { protocol: "telnet" }, 400],
    ["a header that breaks out", { headers: { "x-a": "b\r\nx-c: d" } }, 400],
    ["a header of framing", { headers: { "Content-Length": "1" } }, 422],
    ["the json protocol without settings", { protocol: "json" }, 422],
    ["settings that are none", { protocol: "hf", options: { unknown: 1 } }, 422],
    ["a NUL in the model's name", { model: "a\0b" }, 400],
  ])("with %s is refused", async (_, target, status) => {
    expect((await create(target)).status).toBe(status);
  });

  test("in one's own network is for admins to add", async () => {
    const target = { url: "http://10.0.0.1/v2/models/m", allowPrivate: true };
    expect(await create(target)).toMatchObject({ status: 403, body: { code: "ROLE_REQUIRED" } });
    expect((await create(target, "admin")).status).toBe(201);
  });

  test("of every protocol can be taken down", async () => {
    const answer = { rows: "/p", vector: "" };
    const settings: Readonly<Record<string, Record<string, unknown>>> = {
      openai: { classes: ["a", "b"], input: { as: "text" } },
      json: { request: { x: { $rows: "x" } }, answer },
      sagemaker: { region: "eu-west-1" },
    };
    const secrets = { AWS_ACCESS_KEY_ID: "AKIA", AWS_SECRET_ACCESS_KEY: "s" };
    for (const protocol of ENDPOINT_PROTOCOLS) {
      const made = await create({
        protocol,
        options: settings[protocol] ?? {},
        model: protocol === "json" ? null : "m",
        secrets,
      });
      expect({ protocol, ...made }).toMatchObject({ protocol, status: 201 });
    }
  });

  test("shows what it reveals to a connection test, which is counted", async () => {
    const endpoint = await serve("stolen");
    const made = await create<Suspect>({ url: endpoint.url, allowPrivate: true }, "admin");
    const at = `/suspects/${made.body.id}` as const;
    const found = await send<Inspection>(service, "investigator", `POST ${at}/inspect`, {});
    expect(found.status).toBe(200);
    expect(found.body).toMatchObject({
      reachable: true,
      error: null,
      answers: "probabilities",
      classes: 7,
      deterministic: true,
      maxRepeatDifference: 0,
      decimals: null,
    });
    expect(found.body.inputs).toEqual([
      { name: expect.any(String) as string, type: "float32", dims: ["?", 12] },
    ]);
    expect(found.body.notes.join(" ")).toContain("random numbers");
    const asked = [...endpoint.asked.values()].reduce((sum, n) => sum + n, 0);
    expect(found.body.queries).toBe(asked);
    // Its requests went into the row by which all workers keep to the host's pace.
    const next = async (): Promise<number> => {
      const hosts = service.services.database.tables.selectFrom("suspect_hosts").select("next");
      const { host } = new URL(endpoint.url);
      return (await hosts.where("host", "=", host).executeTakeFirstOrThrow()).next.getTime();
    };
    const before = await next();
    const model = await addModel(service.services, false);
    const real = await send<Inspection>(service, "investigator", `POST ${at}/inspect`, { model });
    expect(real.body.notes.join(" ")).not.toContain("random numbers");
    expect([...endpoint.asked.values()].reduce((sum, n) => sum + n, 0)).toBe(asked + real.body.queries);
    expect(await next()).toBeGreaterThan(before);
    const shown = await send<Suspect>(service, "viewer", `GET ${at}`);
    expect(shown.body.inspection).toEqual(real.body);
    const listed = await send<Page<Inspection>>(service, "viewer", `GET ${at}/inspections`);
    expect(listed.body.items).toEqual([real.body, found.body]);
    expect((await send(service, "viewer", `POST ${at}/inspect`, {})).status).toBe(403);
    const audit = await send<Page<AuditEntry>>(service, "admin", "GET /audit");
    expect(audit.body.items).toContainEqual(
      expect.objectContaining({
        action: "suspect.inspect",
        detail: expect.objectContaining({ queries: asked }) as object,
      }),
    );
    await endpoint.close();
    const gone = await send<Inspection>(service, "investigator", `POST ${at}/inspect`, { model });
    expect(gone.body).toMatchObject({ reachable: false, error: { code: "SUSPECT_UNREACHABLE" } });
  });

  test("whose name leads into one's own network is not asked", async () => {
    let asked = 0;
    const server = createServer((_, response) => {
      asked++;
      response.end("{}");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const made = await create<Suspect>({ url: `http://localhost:${port}/v2/models/m` });
    const found = await send<Inspection>(
      service,
      "investigator",
      `POST /suspects/${made.body.id}/inspect`,
      {},
    );
    expect(found.body).toMatchObject({ reachable: false, error: { code: "SUSPECT_ADDRESS" } });
    expect(asked).toBe(0);
    await new Promise((resolve) => server.close(resolve));
  });
});

describe("a file", () => {
  test("becomes a suspect that is inspected, and is deleted with it", async () => {
    const bytes = readFileSync(path.join(await ownerFiles(), "stolen.onnx"));
    const upload = await uploadAs(service, "evil\u202e.onnx", bytes);
    const target = { kind: "file", protocol: "onnx", upload } as const;
    const made = await send<Suspect>(service, "investigator", "POST /suspects", { name: "F", target });
    expect(made.body.target).toMatchObject({ kind: "file", name: "evil.onnx", bytes: bytes.length });
    const at = `/suspects/${made.body.id}` as const;
    const found = await send<Inspection>(service, "investigator", `POST ${at}/inspect`, {});
    expect(found.body).toMatchObject({
      reachable: true,
      answers: "probabilities",
      classes: 7,
      deterministic: true,
    });
    expect((await send(service, "investigator", `PATCH ${at}`, { headers: { a: "b" } })).status).toBe(422);
    expect((await send(service, "investigator", `DELETE ${at}`)).status).toBe(403);
    expect((await send(service, "admin", `DELETE ${at}`, undefined, { "if-match": '"no"' })).status).toBe(
      412,
    );
    expect((await send(service, "admin", `DELETE ${at}`)).status).toBe(204);
    expect(existsSync(service.services.data.suspect(made.body.id))).toBe(false);
  });

  test("that is no model is refused, and leaves nothing", async () => {
    const upload = await uploadAs(service, "a.onnx", new TextEncoder().encode("MZ not a model"));
    const target = { kind: "file", protocol: "onnx-black-box", upload } as const;
    const made = await send(service, "investigator", "POST /suspects", { name: "F", target });
    expect(made.status).toBe(422);
    expect(made.body.detail).not.toContain(service.services.data.root);
  });
});

test("the history tells what was concluded, oldest first, and keeps the suspect from being deleted", async () => {
  const { tables } = service.services.database;
  const { id } = (await create<Suspect>({})).body;
  const model = await addModel(service.services, false);
  const order: ProbeSet["order"] = "auto";
  const common = {
    name: "i",
    model,
    suspect: id,
    probe_set: null,
    order,
    budget: 10,
    level: 1e-6,
    rate: 1,
    per_day: null,
    early_stop: true,
    reason: null,
    resume_at: null,
    started: null,
    step: null,
    access: "labels",
    probes: 10,
    seal: null,
    evidence_sha256: null,
    evidence_bytes: null,
    wish: null,
    created: new Date(),
  };
  const ended = { ...common, state: "concluded", t: 3, log10_p: -2 } as const;
  await tables
    .insertInto("investigations")
    .values([
      { ...ended, id: "i2", verdict: "match", finished: new Date(2000) },
      { ...ended, id: "i1", verdict: "inconclusive", finished: new Date(1000) },
      { ...common, id: "i3", state: "running", verdict: null, finished: null, t: null, log10_p: null },
    ])
    .execute();
  const history = await send<SuspectHistory>(service, "viewer", `GET /suspects/${id}/history`);
  expect(history.body.items).toMatchObject([
    { investigation: "i1", verdict: "inconclusive", T: 3, log10P: -2, probes: 10, access: "labels" },
    { investigation: "i2", verdict: "match", finished: new Date(2000).toISOString() },
  ]);
  expect(await send(service, "admin", `DELETE /suspects/${id}`)).toMatchObject({ status: 409 });
  expect(await send(service, "admin", `DELETE /models/${model}`)).toMatchObject({ status: 409 });
});
