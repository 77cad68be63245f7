import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { openDatabase } from "./open.js";

test("a server that cannot be reached is told, without the password in its address", async () => {
  const opening = openDatabase({ kind: "server", url: "postgres://user:hidden@127.0.0.1:1/rows" });
  await expect(opening).rejects.toMatchObject({
    code: "UNAVAILABLE",
    message: expect.not.stringContaining("hidden"),
    hint: expect.stringContaining("database-url"),
  });
});

test("rows are there when the embedded database is opened again", async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "indicia-database-"));
  const place = { kind: "embedded", folder: path.join(folder, "rows") } as const;
  const upload = { id: "u1", user: "u", name: "model.onnx", bytes: 12, sha256: "00", uploaded: new Date(0) };
  const first = await openDatabase(place);
  await first.tables.insertInto("uploads").values(upload).execute();
  await first.close();
  // Its files are open to everybody.
  expect(fs.statSync(place.folder).mode & 0o077).toBe(0);
  const again = await openDatabase(place);
  expect(await again.tables.selectFrom("uploads").selectAll().execute()).toEqual([upload]);
  await again.close();
  fs.rmSync(folder, { recursive: true });
});
