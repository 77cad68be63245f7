import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { readAcceptances, signAcceptance } from "@indicia/evidence/acceptances";
import { publicKey } from "@indicia/evidence/sign";
import { openTerms } from "@indicia/evidence/terms-file";
import type { Hono } from "hono";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createApp } from "./app.js";
import type { Marking } from "./marking.js";
import { openTermsDesk, type Parties, type TermsDesk, type TermsOptions } from "./terms-desk.js";
import { singleModel } from "./test-support/single-model.js";

const folder = mkdtempSync(path.join(tmpdir(), "indicia-gateway-"));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => path.join(folder, name);
const SEEDS = { ed25519: new Uint8Array(32).fill(1), p256: new Uint8Array(32).fill(2) };
const ALICE = new Uint8Array(32).fill(3);
const COMMITMENT = "ab".repeat(32);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const parties: Parties = {
  knows: () => true,
  registration: { commitment: COMMITMENT, signer: hex(publicKey(SEEDS.ed25519)) },
  signer: (customer) => (customer === "alice" ? hex(publicKey(ALICE)) : null),
  addressKey: new Uint8Array(32).fill(4),
};
/** A gateway that knows alice and bob; what it would answer does not matter here. */
const marking: Marking = {
  parties,
  scores: {
    output: "y",
    classes: 2,
    tail: "softmax",
    feature: "h",
    features: 1,
    logits: "z",
    pooling: "none",
  },
  reader: {
    inputs: [{ name: "x", type: "float32", dims: [null, 1] }],
    read: async () => ({
      features: Float64Array.of(0),
      logits: Float64Array.of(0, 0),
      outputs: Float64Array.of(0.5, 0.5),
    }),
    close: async () => undefined,
  },
  knows: (customer) => customer === "alice" || customer === "bob",
  marks: { name: "marks" },
  log: null,
  batch: async () => undefined,
  measure: async () => null,
  close: async () => undefined,
};

let now: Date;
let versions: { version: string; sha256: string }[];
beforeAll(async () => {
  const terms = await openTerms(at("terms.jsonl"), {
    registration: COMMITMENT,
    seeds: SEEDS,
    clock: () => now,
  });
  versions = [];
  for (const [version, effective] of [
    ["2026-01", "2026-01-01"],
    ["2026-11", "2026-11-15"],
  ] as const)
    versions.push(await terms.add({ version, effective, text: `Terms of ${version}.\n` }));
  await terms.close();
});
now = new Date(Date.UTC(2026, 10, 1));

let desk: TermsDesk;
let logs = 0;
let log: string;
const open = (more: Partial<TermsOptions> = {}): Promise<TermsDesk> =>
  openTermsDesk(
    {
      file: at("terms.jsonl"),
      version: null,
      required: true,
      acceptances: log,
      recordAddress: false,
      ...more,
    },
    parties,
    () => now,
  );
beforeEach(async () => {
  now = new Date(Date.UTC(2026, 10, 1));
  log = at(`acceptances-${logs++}.jsonl`);
  desk = await open();
});
afterEach(() => desk.close());

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

async function ask(
  method: string,
  page: string,
  customer: string | null,
  body?: unknown,
  more = {},
): Promise<Answer> {
  const app: Hono = createApp(
    singleModel({
      session: null,
      name: "m",
      policy: { kind: "full" },
      marking,
      terms: desk,
    }),
  );
  const headers = { ...(customer === null ? {} : { "x-indicia-customer": customer }), ...more };
  const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  const response = await app.request(page, init);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}
const infer = (customer: string): Promise<Answer> =>
  ask("POST", "/v2/models/m/infer", customer, {
    inputs: [{ name: "x", shape: [1, 1], datatype: "FP32", data: [1] }],
  });
const accept = (customer: string | null, body: unknown, more = {}): Promise<Answer> =>
  ask("POST", "/terms/acceptance", customer, body, more);
const naming = (index: number): { version: string; sha256: string } => {
  const { version = "", sha256 = "" } = versions[index] ?? {};
  return { version, sha256 };
};
const recorded = (): ReturnType<typeof readAcceptances>["entries"] =>
  readAcceptances(new Uint8Array(readFileSync(log))).entries;

describe("a gateway with terms", () => {
  it("answers nobody who has not accepted them, and says how it is done", async () => {
    const refused = await infer("alice");
    expect(refused).toEqual({
      status: 403,
      body: {
        error: expect.stringContaining("accept version 2026-01"),
        code: "TERMS_NOT_ACCEPTED",
        terms: { ...naming(0), effective: "2026-01-01" },
        read: "GET /terms",
        accept: { method: "POST", path: "/terms/acceptance", body: naming(0) },
      },
    });
    const { accept: how } = refused.body as { accept: { method: string; path: string; body: unknown } };
    expect(await ask(how.method, how.path, "alice", how.body)).toEqual({
      status: 201,
      body: { customer: "alice", ...naming(0), accepted: now.toISOString(), line: 1, signed: false },
    });
    expect((await infer("alice")).status).toBe(200);
    expect((await infer("bob")).status).toBe(403);
    expect((await ask("POST", "/v2/indicia/batches", "bob", {})).body).toMatchObject({
      code: "TERMS_NOT_ACCEPTED",
    });
  });

  it("shows them to everybody, and what is announced", async () => {
    const terms = await ask("GET", "/terms", null);
    expect(terms.body).toEqual({
      ...naming(0),
      effective: "2026-01-01",
      text: "Terms of 2026-01.\n",
      announced: [{ ...naming(1), effective: "2026-11-15", text: "Terms of 2026-11.\n" }],
    });
    expect((await ask("GET", "/terms", "bob")).body).toMatchObject({ accepted: null });
    await accept("bob", naming(0));
    expect((await ask("GET", "/terms", "bob")).body).toMatchObject({ accepted: now.toISOString() });
  });

  it("asks again once a new version is in force, which may be accepted before", async () => {
    for (const customer of ["alice", "bob"]) await accept(customer, naming(0));
    expect((await accept("bob", naming(1))).status).toBe(201);
    now = new Date(Date.UTC(2026, 10, 15));
    expect([(await infer("alice")).status, (await infer("bob")).status]).toEqual([403, 200]);
    expect(await accept("alice", naming(0))).toMatchObject({
      status: 409,
      body: { code: "TERMS_NOT_CURRENT" },
    });
    expect(await accept("alice", { ...naming(1), sha256: naming(0).sha256 })).toMatchObject({
      status: 409,
      body: { code: "TERMS_HASH_DIFFERS", error: expect.stringContaining("differs") as string },
    });
    expect((await accept("alice", naming(1))).status).toBe(201);
    expect((await infer("alice")).status).toBe(200);
  });

  it("remembers what was accepted when it is started again, and records it once", async () => {
    await accept("alice", naming(0));
    expect(await accept("alice", naming(0))).toMatchObject({ status: 200, body: { line: 1 } });
    await desk.close();
    desk = await open();
    expect((await infer("alice")).status).toBe(200);
    expect(recorded().map(({ customer, version }) => [customer, version])).toEqual([["alice", "2026-01"]]);
  });

  it("keeps the customer's signature, and refuses one that is not his", async () => {
    const signature = signAcceptance(ALICE, { registration: COMMITMENT, customer: "alice", ...naming(0) });
    expect((await accept("bob", { ...naming(0), signature })).status).toBe(400);
    expect((await accept("alice", { ...naming(0), signature: "00".repeat(64) })).status).toBe(400);
    await accept("alice", naming(0));
    // A record without a signature may still be signed.
    expect(await accept("alice", { ...naming(0), signature })).toMatchObject({
      status: 201,
      body: { signed: true },
    });
    expect(recorded().map((each) => each.signature)).toEqual([null, signature]);
  });

  it("records a keyed hash of the address that the proxy saw, where it is told to", async () => {
    const forwarded = { "x-forwarded-for": "10.0.0.1, 192.0.2.7" };
    await accept("alice", naming(0), forwarded);
    await desk.close();
    desk = await open({ recordAddress: true });
    await accept("bob", naming(0), forwarded);
    const [alice, bob] = recorded();
    expect(alice?.address).toBeNull();
    expect(bob?.address).toMatch(/^[0-9a-f]{64}$/);
    await accept("alice", naming(1), { "x-forwarded-for": "192.0.2.7" });
    expect(recorded()[2]?.address).toBe(bob?.address);
    expect(readFileSync(log, "utf8")).not.toContain("192.0.2.7");
  });

  it.each([
    ["nobody in particular", null, () => naming(0), 403],
    ["a stranger", "mallory", () => naming(0), 403],
    ["another text", "alice", () => ({ ...naming(0), sha256: "00".repeat(32) }), 409],
    ["another version", "alice", () => ({ ...naming(0), version: "2026-11" }), 409],
    ["no hash", "alice", () => ({ version: "2026-01" }), 400],
    ["something else beside", "alice", () => ({ ...naming(0), time: "2020-01-01" }), 400],
  ] as const)("records no acceptance of %s", async (_, customer, body, status) => {
    expect((await accept(customer, body())).status).toBe(status);
    expect(recorded()).toEqual([]);
  });

  it("answers everybody where terms are not required, or none is in force yet", async () => {
    await desk.close();
    desk = await open({ required: false });
    expect((await infer("alice")).status).toBe(200);
    await desk.close();
    now = new Date(Date.UTC(2025, 0, 1));
    desk = await open();
    expect((await infer("alice")).status).toBe(200);
    expect((await ask("GET", "/terms", null)).status).toBe(404);
  });

  it("may hold to one version whatever its day", async () => {
    await desk.close();
    desk = await open({ version: "2026-11" });
    expect((await infer("alice")).body).toMatchObject({ terms: naming(1) });
    expect((await ask("GET", "/terms", null)).body).toMatchObject({ ...naming(1), announced: [] });
    await desk.close();
    await expect(open({ version: "2027-01" })).rejects.toThrow("no version");
  });

  it("takes no terms but the owner's", async () => {
    await desk.close();
    const other = { ...parties, registration: { ...parties.registration, signer: hex(publicKey(ALICE)) } };
    const opened = openTermsDesk(
      { file: at("terms.jsonl"), version: null, required: true, acceptances: log, recordAddress: false },
      other,
      () => now,
    );
    await expect(opened).rejects.toMatchObject({ code: "KEYS_DIFFER" });
  });
});
