import { sql } from "kysely";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { AuditCheck, AuditEntry } from "../shapes/access.js";
import type { Page } from "../shapes/common.js";
import { sealAgain } from "../secrets/rotate-key.js";
import { createSecretBox, KEY_BYTES } from "../secrets/secret-box.js";
import { openTestService, type TestService } from "../test-support/test-service.js";
import { AUDIT_HEAD } from "./audit-head.js";
import { openAudit } from "./audit-log.js";
import { checkAudit } from "./check-audit.js";

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

test("a chain that was cut off or written anew does not end where its sealed head says", async () => {
  const own = await openTestService();
  const { database, secrets, clock, audit } = own.services;
  const { tables } = database;
  const actor = { name: "ada", address: null };
  const look = async (): Promise<unknown> => (await own.call("admin", "/audit/check")).json();
  for (const n of [0, 1, 2]) await audit(actor, "thing.do", `things/${n}`);
  await sql`alter table audit_lines disable trigger audit_lines_stay`.execute(tables);
  const lines = await tables.selectFrom("audit_lines").selectAll().orderBy("index").execute();
  await tables.deleteFrom("audit_lines").where("index", ">=", 2).execute();
  expect(await look()).toMatchObject({ intact: false, brokenAt: 2 });

  // As whoever has the rows and another key would write them.
  await tables.deleteFrom("audit_lines").execute();
  expect(await look()).toMatchObject({ intact: false, brokenAt: 0 });
  const head = await tables
    .selectFrom("settings")
    .selectAll()
    .where("name", "=", AUDIT_HEAD)
    .executeTakeFirstOrThrow();
  const foreign = createSecretBox([new Uint8Array(KEY_BYTES).fill(9)]);
  const log = pino({ level: "silent" });
  const forge = openAudit({ database, secrets: foreign, clock, log });
  for (const n of [0, 1, 2]) await forge({ name: "eve", address: null }, "thing.do", `things/${n}`);
  expect(await look()).toMatchObject({ intact: false });
  await tables.updateTable("settings").set({ value: head.value }).where("name", "=", AUDIT_HEAD).execute();
  expect(await look()).toMatchObject({ intact: false, brokenAt: 3 });
  await tables.deleteFrom("settings").where("name", "=", AUDIT_HEAD).execute();
  expect(await look()).toMatchObject({ intact: false });

  await tables.deleteFrom("audit_lines").execute();
  await tables.insertInto("audit_lines").values(lines).execute();
  await tables.insertInto("settings").values(head).execute();
  expect(await look()).toMatchObject({ intact: true, entries: 3 });
  const to = createSecretBox([new Uint8Array(KEY_BYTES).fill(8)]);
  await sealAgain(database, secrets, to);
  expect(await checkAudit({ database, secrets: to })).toMatchObject({ intact: true, entries: 3 });
  await own.close();
});
