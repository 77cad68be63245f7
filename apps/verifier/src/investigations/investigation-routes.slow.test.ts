import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { readZip, unpackEntry } from "@indicia/evidence/zip-read";
import { conclude } from "@indicia/operations/conclude";
import { evidenceVerify } from "@indicia/operations/evidence-verify";
import type { CountingEndpoint } from "@indicia/testkit/counting-endpoint";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Page } from "../shapes/common.js";
import type { ExchangeRow, Findings, Investigation, InvestigationEvent } from "../shapes/investigations.js";
import {
  addModel,
  addSuspect,
  OWNER_KEY,
  QUIET,
  ownerFiles,
  serve,
  temporaryFolder,
  until,
} from "../test-support/scene.js";
import { eventually } from "../test-support/api.js";
import { openTestService, type TestService } from "../test-support/test-service.js";
import { startWorker, type Worker } from "./worker.js";

let service: TestService;
let worker: Worker;
let endpoint: CountingEndpoint;
let slow: CountingEndpoint;
let model: string;
let keyless: string;
let folder: string;
const complaints: unknown[] = [];
beforeAll(async () => {
  folder = temporaryFolder();
  service = await openTestService();
  worker = await startWorker(service.services, {
    settings: { pollMs: 50 },
    complain: (error) => complaints.push(error),
  });
  endpoint = await serve("stolen");
  slow = await serve("innocent", { delayMs: 150 });
  model = await addModel(service.services, true);
  keyless = await addModel(service.services, false);
});
afterAll(async () => {
  await worker.stop();
  await service.close();
  await endpoint.close();
  await slow.close();
  rmSync(folder, { recursive: true });
});

const post = async (at: string, json?: unknown): Promise<{ status: number; body: Investigation }> => {
  const answer = await service.call("investigator", at, {
    method: "POST",
    ...(json === undefined ? {} : { json }),
  });
  return { status: answer.status, body: (await answer.json()) as Investigation };
};
const get = async <T>(at: string): Promise<T> => (await (await service.call("viewer", at)).json()) as T;

/** Events of a stream until it ends or `enough`. */
async function events(
  at: string,
  headers: Record<string, string> = {},
): Promise<(InvestigationEvent & { id: string })[]> {
  const answer = await service.call("viewer", at, { headers });
  return (await answer.text())
    .split("\n\n")
    .filter((block) => block.includes("data: "))
    .map((block) => ({
      ...(JSON.parse(/^data: (.*)$/m.exec(block)?.[1] ?? "") as InvestigationEvent),
      id: /^id: (.*)$/m.exec(block)?.[1] ?? "",
    }));
}

test("an investigation is planned, started, watched and read", async () => {
  const suspect = await addSuspect(service.services, endpoint);
  const set = await post("/probe-sets", { name: "s", model, order: "auto", budget: 300 });
  expect(set.status).toBe(201);
  const asked = { name: "n", model, suspect, probeSet: set.body.id, rate: 10_000, earlyStop: false };
  const made = await post("/investigations", asked);
  expect(made).toMatchObject({
    status: 201,
    body: { state: "draft", budget: 300, order: "auto", level: 1e-6 },
  });
  const at = `/investigations/${made.body.id}`;
  expect(await post(`${at}/pause`)).toMatchObject({ status: 409, body: { code: "STATE_CONFLICT" } });
  expect(await post(`${at}/start`)).toMatchObject({ status: 200, body: { state: "queued" } });
  expect(await post(`${at}/start`)).toMatchObject({ status: 409, body: { code: "STATE_CONFLICT" } });

  const seen = await events(`${at}/events`);
  expect(seen[0]).toMatchObject({ kind: "state" });
  expect(seen.at(-1)).toMatchObject({
    kind: "state",
    investigation: { state: "concluded", verdict: "match" },
  });
  const looks = seen.flatMap((each) => (each.kind === "look" ? [each.look.probes] : []));
  expect(looks.length).toBeGreaterThan(2);
  const again = await events(`${at}/events`, { "last-event-id": seen.at(-2)?.id ?? "" });
  expect(again).toEqual(seen.slice(-1));
  const over = await service.call("viewer", `${at}/events`, {
    headers: { "last-event-id": seen.at(-1)?.id ?? "" },
  });
  expect(over.status).toBe(204);

  const end = await get<Investigation>(at);
  expect(end.looks.map(({ probes }) => probes)).toEqual(looks);
  const findings = await get<Findings>(`${at}/findings`);
  expect(findings).toMatchObject({ verdict: "match", standing: "exploratory", log10P: end.log10P });
  expect(findings.decoys.counts.reduce((a, b) => a + b, 0)).toBe(findings.decoys.keys);

  const evidence = await service.call("viewer", `${at}/evidence`);
  expect(evidence.headers.get("etag")).toBe(`"${end.evidence?.sha256}"`);
  const file = path.join(folder, "evidence.zip");
  writeFileSync(file, new Uint8Array(await evidence.arrayBuffer()));
  const verified = await evidenceVerify(
    { evidence: file, disclosure: null, timestampRoots: [], models: null },
    QUIET,
  );
  expect(verified.report).toMatchObject({ verified: true, verdict: "match" });
});

test("exchanges are read page by page, each once", async () => {
  const [concluded] = (await get<Page<Investigation>>("/investigations?state=concluded")).items;
  const id = concluded?.id ?? "";
  const rows: ExchangeRow[] = [];
  for (let cursor = ""; ; ) {
    const page = await get<Page<ExchangeRow>>(`/investigations/${id}/exchanges?limit=5${cursor}`);
    rows.push(...page.items);
    if (page.next === null) break;
    cursor = `&cursor=${page.next}`;
  }
  const probes = rows.flatMap((row) => row.probes);
  expect(new Set(probes).size).toBe(probes.length);
  expect(probes.length).toBe((await get<Investigation>(`/investigations/${id}`)).asked);
  expect(rows.every(({ status, lost }) => status === 200 && lost === null)).toBe(true);
  expect(rows.find(({ probes: [first] }) => first !== undefined)?.request).toContain("/v2/models/m/infer");
  const inside = await service.call("viewer", `/investigations/${id}/exchanges?cursor=7`);
  expect(inside.status).toBe(400);
});

test("one that is paused goes on where it was, and one that is cancelled does not", async () => {
  const suspect = await addSuspect(service.services, slow);
  // At this rate it takes some seconds, and what was asked is told every second.
  const asked = { name: "n", model, suspect, budget: 200, rate: 3, start: true };
  const { body } = await post("/investigations", asked);
  const at = `/investigations/${body.id}`;
  await until(service.services, body.id, ({ asked: rows }) => rows > 16);
  expect((await post(`${at}/pause`)).status).toBe(200);
  const paused = await until(service.services, body.id, ({ state }) => state === "paused");
  expect(paused).toMatchObject({ lost: 0, resumeAt: null });
  expect(paused.asked).toBeLessThan(200);
  expect(await post(`${at}/resume`)).toMatchObject({ status: 200, body: { state: "queued" } });
  const end = await until(service.services, body.id, ({ state }) => state === "concluded");
  expect(end).toMatchObject({ verdict: "inconclusive", lost: 0 });
  expect([...slow.asked.values()].filter((times) => times > 1)).toEqual([2]);

  const other = await post("/investigations", { ...asked, name: "other" });
  await until(service.services, other.body.id, ({ asked: rows }) => rows > 0);
  expect((await post(`/investigations/${other.body.id}/cancel`)).status).toBe(200);
  await until(service.services, other.body.id, ({ state }) => state === "cancelled");
  expect((await post(`/investigations/${other.body.id}/resume`)).status).toBe(409);
  const removed = await service.call("admin", `/investigations/${other.body.id}`, { method: "DELETE" });
  expect(removed.status).toBe(204);
});

test("where the key is kept out, the owner concludes on his machine and hands the evidence in", async () => {
  const suspect = await addSuspect(service.services, endpoint);
  const asked = { name: "n", model: keyless, suspect, budget: 200, rate: 10_000, start: true };
  const { body } = await post("/investigations", asked);
  const sealed = await until(service.services, body.id, ({ state }) => state === "awaiting-key");
  expect(sealed).toMatchObject({ verdict: null, log10P: null });
  expect(sealed.looks.every(({ T, log10P }) => T === null && log10P === null)).toBe(true);

  const at = `/investigations/${body.id}`;
  const zip = await service.call("investigator", `${at}/observation`);
  const observation = path.join(folder, "observation");
  mkdirSync(observation);
  for (const entry of readZip(new Uint8Array(await zip.arrayBuffer())))
    writeFileSync(path.join(observation, entry.name), unpackEntry(entry));
  const out = path.join(folder, "own.zip");
  const registration = path.join(service.services.data.model(keyless), "registration");
  await conclude(
    { observation, registration, key: { held: OWNER_KEY }, rounds: [], level: null, out },
    QUIET,
  );

  const other = await service.call("investigator", `${at}/evidence`, {
    method: "PUT",
    body: readFileSync(path.join(folder, "evidence.zip")),
  });
  expect([other.status, ((await other.json()) as { detail: string }).detail]).toEqual([
    422,
    "the evidence is about another observation",
  ]);
  const second = path.join(folder, "own-again.zip");
  await conclude(
    { observation, registration, key: { held: OWNER_KEY }, rounds: [], level: null, out: second },
    QUIET,
  );
  expect(readFileSync(second).equals(readFileSync(out))).toBe(false);
  const put = (file: string): Promise<Response> =>
    service.call("investigator", `${at}/evidence`, { method: "PUT", body: readFileSync(file) });
  const [one, two] = await Promise.all([put(out), put(second)]);
  expect([one.status, two.status].toSorted((a, b) => a - b)).toEqual([200, 409]);
  const kept = await get<Investigation>(at);
  expect(kept).toMatchObject({ state: "concluded", verdict: "match" });
  // Who came too late has put nothing in the other's place.
  const bytes = new Uint8Array(await (await service.call("viewer", `${at}/evidence`)).arrayBuffer());
  expect(createHash("sha256").update(bytes).digest("hex")).toBe(kept.evidence?.sha256);
  expect(await get<Findings>(`${at}/findings`)).toMatchObject({ verdict: "match" });
});

test("an open file is looked at, and asked nothing", async () => {
  await ownerFiles();
  const suspect = await addSuspect(service.services, { file: "stolen" });
  const { body } = await post("/investigations", { name: "n", model, suspect, start: true });
  const end = await until(service.services, body.id, ({ state }) => state === "concluded");
  expect(end).toMatchObject({ verdict: "match", asked: 0, lost: 0 });
  expect(await get<Page<ExchangeRow>>(`/investigations/${body.id}/exchanges`)).toEqual({
    items: [],
    next: null,
  });
  expect(complaints).toEqual([]);
});

test("nobody watches with more than so many streams, and each that ends makes room", async () => {
  const suspect = await addSuspect(service.services, endpoint);
  const { body } = await post("/investigations", { name: "n", model, suspect });
  const watch = (): Promise<Response> => service.call("viewer", `/investigations/${body.id}/events`);
  const open = await Promise.all(Array.from({ length: 20 }, watch));
  expect(open.map(({ status }) => status)).toEqual(open.map(() => 200));
  expect((await watch()).status).toBe(429);
  expect((await service.call("admin", `/investigations/${body.id}/events`)).status).toBe(200);
  await open[0]?.body?.cancel();
  const again = await eventually(watch, ({ status }) => status === 200);
  for (const each of [...open.slice(1), again]) await each.body?.cancel();
});
