import { randomBytes } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { thrownCode } from "@indicia/testkit/thrown-code";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openTestService, type TestService } from "../test-support/test-service.js";
import { keyText, parseKey } from "./master-key.js";
import { openSecrets } from "./open-secrets.js";
import { SEALED_COLUMNS, sealAgain } from "./rotate-key.js";
import { createSecretBox, KEY_BYTES } from "./secret-box.js";

const KEY = new Uint8Array(KEY_BYTES).fill(7);
const OTHER = new Uint8Array(KEY_BYTES).fill(8);
const SECRET = new TextEncoder().encode("secret");
let service: TestService;
beforeAll(async () => {
  service = await openTestService();
});
afterAll(() => service.close());

test("what is sealed opens for its purpose alone, under its key, and unchanged", async () => {
  const box = createSecretBox([KEY]);
  const sealed = await box.seal("a/1", SECRET);
  expect(Buffer.from(sealed).includes("secret")).toBe(false);
  expect(await box.open("a/1", sealed)).toEqual(SECRET);
  expect(await createSecretBox([OTHER, KEY]).open("a/1", sealed)).toEqual(SECRET);
  expect(await thrownCode(() => box.open("a/2", sealed))).toBe("DATA_INVALID");
  expect(await thrownCode(() => createSecretBox([OTHER]).open("a/1", sealed))).toBe("DATA_INVALID");
  for (const at of sealed.keys()) {
    const changed = Uint8Array.from(sealed);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(await thrownCode(() => box.open("a/1", changed))).toBe("DATA_INVALID");
  }
  expect(await thrownCode(() => box.open("a/1", sealed.subarray(0, 20)))).toBe("DATA_INVALID");
});

test("a key is made once, readable to its owner alone, and missed where it is gone", async () => {
  const { database, data } = service.services;
  const place = { variable: undefined, file: undefined, folder: data.root };
  const first = await openSecrets(database, place);
  const file = path.join(data.root, "secret.key");
  expect(fs.statSync(file).mode & 0o777).toBe(0o600);
  const sealed = await first.seal("p", SECRET);
  expect(await (await openSecrets(database, place)).open("p", sealed)).toEqual(SECRET);
  const kept = fs.readFileSync(file, "utf8");
  expect(await (await openSecrets(database, { ...place, variable: kept })).open("p", sealed)).toEqual(SECRET);
  const other = keyText(new Uint8Array(randomBytes(KEY_BYTES)));
  expect(await thrownCode(() => openSecrets(database, { ...place, variable: other }))).toBe("DATA_INVALID");
  fs.chmodSync(file, 0o644);
  expect(await thrownCode(() => openSecrets(database, place))).toBe("CONFIG_INVALID");
  fs.rmSync(file);
  expect(await thrownCode(() => openSecrets(database, place))).toBe("CONFIG_INVALID");
});

test("everything that is sealed is sealed under another key, and nothing else is", async () => {
  const { database, secrets } = service.services;
  await service.call("admin", "/owner-keys", { method: "POST", json: { name: "k", kind: "drawn" } });
  const sealedNow = async (): Promise<{ readonly id: string; readonly sealed: Uint8Array }> =>
    await database.tables.selectFrom("owner_keys").selectAll().executeTakeFirstOrThrow();
  const before = await sealedNow();
  const to = createSecretBox([OTHER]);
  expect(await sealAgain(database, secrets, to)).toBe(1);
  const after = await sealedNow();
  const purpose = `owner-key/${before.id}`;
  expect(await to.open(purpose, after.sealed)).toEqual(await secrets.open(purpose, before.sealed));
});

test("every column of bytes is on the list of what is sealed", async () => {
  const { rows } = await sql<{ readonly name: string }>`
    select table_name || '.' || column_name as name from information_schema.columns
    where table_schema = 'public' and data_type = 'bytea' order by 1`.execute(
    service.services.database.tables,
  );
  const listed = SEALED_COLUMNS.map(({ table, column }) => `${table}.${column}`);
  // Repeatable answers are thrown away instead.
  expect(rows.map(({ name }) => name)).toEqual([...listed, "idempotency.answer"].sort());
});

test("a key is 64 hexadecimal digits", async () => {
  expect(parseKey(keyText(KEY), "file")).toEqual(KEY);
  expect(await thrownCode(() => parseKey("short", "file"))).toBe("CONFIG_INVALID");
});
