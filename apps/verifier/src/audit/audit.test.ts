import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { AuditCheck, AuditEntry } from "../shapes/access.js";
import type { Page } from "../shapes/common.js";
import { openTestService, type TestService } from "../test-support/test-service.js";

let service: TestService;
beforeAll(async () => {
  service = await openTestService();
  const { audit } = service.services;
  for (let n = 0; n < 5; n++)
    await audit(
      { name: "ada", address: "192.0.2.1" },
      n === 3 ? "model.delete" : "suspect.create",
      `things/${n}`,
    );
});
afterAll(() => service.close());

async function read(query: string): Promise<Page<AuditEntry>> {
  return (await (await service.call("admin", `/audit${query}`)).json()) as Page<AuditEntry>;
}

async function check(): Promise<AuditCheck> {
  return (await (await service.call("admin", "/audit/check")).json()) as AuditCheck;
}

test("entries come newest first, page by page, and by what they say", async () => {
  const first = await read("?limit=3");
  expect(first.items.map(({ sequence }) => sequence)).toEqual([4, 3, 2]);
  const rest = await read(`?limit=3&cursor=${first.next}`);
  expect(rest.items.map(({ sequence }) => sequence)).toEqual([1, 0]);
  expect(rest.next).toBeNull();
  expect((await read("?action=model")).items.map(({ object }) => object)).toEqual(["things/3"]);
  expect((await read("?actor=eve")).items).toEqual([]);
  expect((await read("?object=things/1")).items).toMatchObject([{ actor: "ada", address: "192.0.2.1" }]);
  expect((await service.call("investigator", "/audit")).status).toBe(403);
});

test("lines cannot be changed, and one that was nevertheless is found, with the head told to the log", async () => {
  const { tables } = service.services.database;
  expect(await check()).toMatchObject({ intact: true, entries: 5, brokenAt: null });
  expect(service.logged().at(-2)).toBeDefined();
  const { head } = await check();
  expect(service.logged().findLast(({ msg }) => msg === "audited")?.["head"]).toBe(head);
  const change = sql`update audit_lines set line = replace(line, 'ada', 'eve'), actor = 'eve' where index = 2`;
  await expect(change.execute(tables)).rejects.toThrow(/stay as they are/);
  await sql`alter table audit_lines disable trigger audit_lines_stay`.execute(tables);
  await change.execute(tables);
  expect(await check()).toMatchObject({ intact: false, brokenAt: 2 });
});

test("appending at once keeps one chain", async () => {
  const other = await openTestService();
  const actor = { name: "system", address: null };
  await Promise.all([1, 2, 3, 4, 5, 6].map((n) => other.services.audit(actor, "many.do", `things/${n}`)));
  const answer = await other.call("admin", "/audit/check");
  expect(await answer.json()).toMatchObject({ intact: true, entries: 6 });
  await other.close();
});
