import { open } from "node:fs/promises";
import fs from "node:fs";
import path from "node:path";
import { thrownCode } from "@indicia/testkit/thrown-code";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkAudit } from "../audit/check-audit.js";
import { dataFolder } from "../data-folder.js";
import { openDatabase } from "../database/open.js";
import { openTestService, type TestService } from "../test-support/test-service.js";
import { restoreBackup } from "./restore-backup.js";
import { dumpTable, inTransaction, loadTable } from "./rows.js";
import { writeBackup } from "./write-backup.js";
import { appendBytes, endArchive } from "./archive-file.js";

const clock = (): Date => new Date(0);
let service: TestService;
let folder: string;
let archive: string;
beforeAll(async () => {
  service = await openTestService();
  const { data, database } = service.services;
  folder = `${data.root}-backups`;
  fs.mkdirSync(folder);
  archive = path.join(folder, "backup.tar");
  fs.mkdirSync(data.model("m1"), { recursive: true });
  fs.writeFileSync(path.join(data.model("m1"), "reference.onnx"), Buffer.alloc(1500, 7));
  fs.writeFileSync(path.join(data.root, "secret.key"), "not for others");
  await service.call("admin", "/owner-keys", { method: "POST", json: { name: "k", kind: "drawn" } });
  const left = [path.join(data.root, "secret.key")];
  await writeBackup({ database, data, left, clock }, archive);
});
afterAll(async () => {
  await service.close();
  fs.rmSync(folder, { recursive: true });
});

test("everything is there again: rows to the last digit, files, and a log whose chain is whole", async () => {
  const root = path.join(folder, "restored");
  await restoreBackup({}, root, archive);
  const data = dataFolder(root);
  expect(fs.readFileSync(path.join(data.model("m1"), "reference.onnx"))).toEqual(Buffer.alloc(1500, 7));
  expect(fs.readdirSync(root).sort()).toEqual(["database", "models"]);
  const database = await openDatabase({ kind: "embedded", folder: data.database });
  for (const table of ["users", "api_keys", "owner_keys", "audit_lines"] as const) {
    const [before, after] = [
      await service.services.database.tables.selectFrom(table).selectAll().execute(),
      await database.tables.selectFrom(table).selectAll().execute(),
    ];
    expect(after).toEqual(before);
  }
  expect(await checkAudit({ ...service.services, database })).toMatchObject({ intact: true, entries: 1 });
  await database.close();
  expect(await thrownCode(() => restoreBackup({}, root, archive))).toBe("CONFLICT");
});

test("whole rows are written, of tables that have a column of whatever name", async () => {
  const { pool } = service.services.database;
  const names = await inTransaction({ pool }, async (client) => {
    const { rows } = await client.query<{ readonly name: string }>(
      "select distinct column_name as name from information_schema.columns where table_schema = 'public'",
    );
    // One table with all names, in which none is spared.
    const columns = rows.map(({ name }) => `1 as "${name}"`).join(", ");
    await client.query(`create table every_name as select ${columns}`);
    return rows.map(({ name }) => name);
  });
  expect(names).toContain("t");
  const file = path.join(folder, "every-name.jsonl");
  await inTransaction({ pool }, async (client) => {
    expect(await dumpTable(client, "every_name", file)).toBe(1);
    const row: unknown = JSON.parse(fs.readFileSync(file, "utf8"));
    expect(row).toEqual(Object.fromEntries(names.map((name) => [name, 1])));
    await client.query("delete from every_name");
    expect(await loadTable(client, "every_name", file)).toBe(1);
    const { rows } = await client.query("select * from every_name");
    expect(rows).toEqual([row]);
    await client.query("drop table every_name");
  });
});

test("what was changed or cut off is not restored, and leaves nothing behind", async () => {
  const bytes = fs.readFileSync(archive);
  const at = bytes.indexOf(Buffer.alloc(1500, 7)) + 700;
  const changed = Buffer.from(bytes);
  changed[at] = 8;
  for (const [name, damaged] of [
    ["changed", changed],
    ["cut", bytes.subarray(0, at)],
  ] as const) {
    const file = path.join(folder, `${name}.tar`);
    fs.writeFileSync(file, damaged);
    const root = path.join(folder, name);
    expect(await thrownCode(() => restoreBackup({}, root, file))).toBe("DATA_INVALID");
    expect(fs.readdirSync(folder).filter((each) => each.startsWith(`${name}.`) || each === name)).toEqual([
      `${name}.tar`,
    ]);
  }
});

test("no backup is written over another", async () => {
  const { database, data } = service.services;
  expect(await thrownCode(() => writeBackup({ database, data, left: [], clock }, archive))).toBe("CONFLICT");
});

test.each([
  "files/secret.key",
  "files/database/postgresql.conf",
  "rows/../x.jsonl",
  "files/models/m1/.hidden",
])("an archive that brings %s is none of ours", async (name) => {
  const file = path.join(folder, "foreign.tar");
  const handle = await open(file, "w");
  await appendBytes(handle, name, 1, async () => Buffer.from("x"));
  await endArchive(handle);
  await handle.close();
  expect(await thrownCode(() => restoreBackup({}, path.join(folder, "foreign"), file))).toBe("DATA_INVALID");
  expect(fs.readdirSync(folder).filter((each) => each.startsWith("foreign"))).toEqual(["foreign.tar"]);
});

test("keys that lie in the data folder stay there, whatever they are called", async () => {
  const { database, data } = service.services;
  fs.writeFileSync(path.join(data.root, "secret.key.old"), "0123456789abcdef");
  const file = path.join(folder, "keys.tar");
  await writeBackup({ database, data, left: [], clock }, file);
  const bytes = fs.readFileSync(file);
  expect([bytes.includes("0123456789abcdef"), bytes.includes("not for others")]).toEqual([false, false]);
});
