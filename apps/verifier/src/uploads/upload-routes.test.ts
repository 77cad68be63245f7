import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Upload } from "../shapes/common.js";
import type { Problem } from "../shapes/common.js";
import { send } from "../test-support/api.js";
import { openTestService, type TestService, userIdOf } from "../test-support/test-service.js";
import { cleanUploads } from "./clean-uploads.js";
import { UPLOAD_LIMITS } from "./upload-limits.js";

let service: TestService;
beforeAll(async () => {
  service = await openTestService();
});
afterAll(() => service.close());

async function upload(bytes: Uint8Array, query = "", headers: Record<string, string> = {}): Promise<Upload> {
  const answer = await service.call("investigator", `/uploads${query}`, {
    method: "POST",
    body: bytes,
    headers: { "content-type": "application/octet-stream", ...headers },
  });
  expect(answer.status).toBe(201);
  const made = (await answer.json()) as Upload;
  expect(answer.headers.get("location")).toBe(`/api/v1/uploads/${made.id}`);
  return made;
}

const files = (): string[] => fs.readdirSync(service.services.data.uploads);

test("an upload is on disk under its id, with the hash of its bytes", async () => {
  const bytes = new Uint8Array(300_000).map((_, i) => i * 7);
  const made = await upload(bytes, "?name=model.onnx");
  expect(made).toMatchObject({ name: "model.onnx", bytes: 300_000 });
  expect(made.sha256).toBe(createHash("sha256").update(bytes).digest("hex"));
  expect(fs.readFileSync(path.join(service.services.data.uploads, made.id))).toEqual(Buffer.from(bytes));
  const shown = await service.call("investigator", `/uploads/${made.id}`);
  expect(await shown.json()).toEqual(made);
  const again = await service.call("investigator", `/uploads/${made.id}`, {
    headers: { "if-none-match": shown.headers.get("etag") ?? "" },
  });
  expect(again.status).toBe(304);
});

test.each([
  ["../../etc/passwd", "passwd"],
  ["C:\\models\\a.onnx", "a.onnx"],
  ["a\u202egpj.exe\u0000\n", "agpj.exe"],
  ["", "upload"],
  ["..", ".."],
  ["x".repeat(4000), "x".repeat(120)],
])("a name is only shown, whatever it is: %j", async (given, shown) => {
  const made = await upload(new Uint8Array(1), `?name=${encodeURIComponent(given)}`);
  expect(made.name).toBe(shown);
  expect(files()).toContain(made.id);
});

test("the name may come as a browser gives it", async () => {
  const disposition = "attachment; filename=\"plain.npz\"; filename*=UTF-8''na%C3%AFve.npz";
  expect((await upload(new Uint8Array(1), "", { "content-disposition": disposition })).name).toBe(
    "naïve.npz",
  );
});

test("an upload belongs to whoever made it", async () => {
  const { id } = await upload(new Uint8Array(3));
  expect((await service.call("admin", `/uploads/${id}`)).status).toBe(404);
  expect((await service.call("admin", `/uploads/${id}`, { method: "DELETE" })).status).toBe(404);
  expect((await service.call("viewer", `/uploads/${id}`)).status).toBe(403);
  expect((await service.call("viewer", "/uploads", { method: "POST", body: "x" })).status).toBe(403);
  expect((await send(service, "nobody", `GET /uploads/${id}`)).status).toBe(401);
  const wrong = { method: "DELETE", headers: { "if-match": '"other"' } };
  expect((await service.call("investigator", `/uploads/${id}`, wrong)).status).toBe(412);
  expect((await service.call("investigator", `/uploads/${id}`, { method: "DELETE" })).status).toBe(204);
  expect(files()).not.toContain(id);
});

test("nothing is left of what breaks off, or is not as long as was said", async () => {
  const before = files();
  const broken = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new Uint8Array(10)),
    pull: (controller) => controller.error(new Error("gone")),
  });
  const init = { method: "POST", body: broken, duplex: "half" } as RequestInit;
  expect((await service.call("investigator", "/uploads", init)).status).toBe(400);
  const short = { method: "POST", body: "abc", headers: { "content-length": "7" } };
  expect((await service.call("investigator", "/uploads", short)).status).toBe(400);
  expect(files()).toEqual(before);
});

test("the same request is not done twice under one key", async () => {
  const headers = { "idempotency-key": "upload-once" };
  const first = await upload(new Uint8Array(5), "?name=a", headers);
  expect(await upload(new Uint8Array(5), "?name=a", headers)).toEqual(first);
});

test("a length beyond the limit is refused before anything comes", async () => {
  const headers = { "content-length": String(UPLOAD_LIMITS.bytes + 1) };
  const answer = await service.call("investigator", "/uploads", { method: "POST", body: "x", headers });
  expect(answer.status).toBe(413);
  expect(((await answer.json()) as Problem).code).toBe("TOO_LARGE");
});

test("what nobody uses is removed after a day, and what a crash left too", async () => {
  const { services } = service;
  const { id } = await upload(new Uint8Array(4));
  const { uploads } = services.data;
  fs.writeFileSync(path.join(uploads, ".coming-dead"), "x");
  fs.writeFileSync(path.join(uploads, ".coming-alive"), "x");
  fs.mkdirSync(path.join(uploads, ".coming-scratch-dead", "x"), { recursive: true });
  const day = UPLOAD_LIMITS.unusedMs / 1000;
  const old = Date.now() / 1000 - day - 5;
  for (const name of [".coming-dead", ".coming-scratch-dead"])
    fs.utimesSync(path.join(uploads, name), old, old);
  await cleanUploads(services, UPLOAD_LIMITS);
  expect(files()).toEqual(expect.arrayContaining([id, ".coming-alive"]));
  expect(files()).not.toContain(".coming-dead");
  expect(files()).not.toContain(".coming-scratch-dead");
  const later = { ...services, clock: () => new Date(Date.now() + UPLOAD_LIMITS.unusedMs + 1000) };
  await cleanUploads(later, UPLOAD_LIMITS);
  expect(files()).toEqual([]);
  const rows = services.database.tables.selectFrom("uploads").selectAll();
  expect(await rows.where("user", "=", userIdOf("investigator")).execute()).toEqual([]);
});
