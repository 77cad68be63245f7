import fs from "node:fs";
import path from "node:path";
import { type PostgresServer, startPostgres } from "@indicia/testkit/postgres-server";
import { thrownCode } from "@indicia/testkit/thrown-code";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openAudit } from "../audit/audit-log.js";
import { checkAudit } from "../audit/check-audit.js";
import { dataFolder } from "../data-folder.js";
import { type OpenDatabase, openDatabase } from "../database/open.js";
import { createLog } from "../ops/log.js";
import { openTestService, type TestService } from "../test-support/test-service.js";
import { restoreBackup } from "./restore-backup.js";
import { writeBackup } from "./write-backup.js";

const clock = (): Date => new Date(0);
let service: TestService;
let postgres: PostgresServer;
let folder: string;
beforeAll(async () => {
  service = await openTestService();
  postgres = await startPostgres();
  folder = `${service.services.data.root}-backups`;
  fs.mkdirSync(folder);
  const { audit, data } = service.services;
  for (let n = 0; n < 3; n++) await audit({ name: "ada", address: null }, "thing.do", `things/${n}`);
  fs.mkdirSync(data.model("m1"), { recursive: true });
  fs.writeFileSync(path.join(data.model("m1"), "reference.onnx"), "bytes");
});
afterAll(async () => {
  await postgres.stop();
  await service.close();
  fs.rmSync(folder, { recursive: true });
});

async function usersOf({ tables }: OpenDatabase): Promise<unknown> {
  return await tables.selectFrom("users").selectAll().orderBy("id").execute();
}

test("a service moves from the embedded database to PostgreSQL, and back", async () => {
  const { database, data, secrets } = service.services;
  const there = path.join(folder, "there");
  const [first, second] = [path.join(folder, "first.tar"), path.join(folder, "second.tar")];
  await writeBackup({ database, data, left: [], clock }, first);
  await restoreBackup({ "database-url": postgres.url }, there, first);
  expect(fs.readFileSync(path.join(dataFolder(there).model("m1"), "reference.onnx"), "utf8")).toBe("bytes");

  const server = await openDatabase({ kind: "server", url: postgres.url });
  expect(await usersOf(server)).toEqual(await usersOf(database));
  // Several processes append to one chain.
  const other = await openDatabase({ kind: "server", url: postgres.url });
  const log = createLog("silent");
  const audits = [server, other].map((each) => openAudit({ database: each, secrets, clock, log }));
  await Promise.all(
    audits.flatMap((audit) => [1, 2, 3, 4].map(() => audit({ name: "eve", address: null }, "a.b", null))),
  );
  expect(await checkAudit({ database: server, secrets })).toMatchObject({ intact: true, entries: 11 });
  await writeBackup({ database: server, data: dataFolder(there), left: [], clock }, second);
  await other.close();
  await server.close();
  const full = path.join(folder, "full");
  expect(await thrownCode(() => restoreBackup({ "database-url": postgres.url }, full, second))).toBe(
    "CONFLICT",
  );

  const back = path.join(folder, "back");
  await restoreBackup({}, back, second);
  const embedded = await openDatabase({ kind: "embedded", folder: dataFolder(back).database });
  expect(await checkAudit({ database: embedded, secrets })).toMatchObject({ intact: true, entries: 11 });
  await embedded.close();
});
