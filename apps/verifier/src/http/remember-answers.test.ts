import { afterAll, beforeAll, expect, test } from "vitest";
import { openTestService, type TestService } from "../test-support/test-service.js";

let service: TestService;
beforeAll(async () => {
  service = await openTestService();
});
afterAll(() => service.close());

async function names(role: "viewer" | "admin"): Promise<string> {
  return await (await service.call(role, "/owner-keys")).text();
}

test("what did not change is answered without the database, and what changed is seen at once", async () => {
  const { changes, pool, tables } = service.services.database;
  const first = await names("viewer");
  const before = changes?.count();
  let queries = 0;
  const count = (): void => void queries++;
  pool.on("acquire", count);
  expect(await names("viewer")).toBe(first);
  pool.off("acquire", count);
  expect(queries).toBe(0);
  expect(changes?.count()).toBe(before);
  // By whichever way it is changed: here, past the API.
  const created = new Date(0);
  await tables
    .insertInto("owner_keys")
    .values({ id: "0".repeat(26), name: "new one", created, sealed: Buffer.of(1) })
    .execute();
  expect(await names("viewer")).toContain("new one");
});

test("a tag is answered with 304, also where the answer is remembered", async () => {
  const path = `/owner-keys/${"0".repeat(26)}`;
  for (let n = 0; n < 3; n++) {
    const etag = (await service.call("viewer", path)).headers.get("etag") ?? "";
    const again = await service.call("viewer", path, { headers: { "if-none-match": etag } });
    expect(again.status).toBe(304);
  }
});
