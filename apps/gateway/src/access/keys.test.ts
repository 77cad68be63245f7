import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { keyIdOf, newKey } from "./api-key.js";
import { liveKey, openKeyDesk } from "./key-desk.js";
import { addKey, type KeyRequest, readKeys, revokeKey, rotateKey } from "./key-file.js";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "indicia-keys-"));
  file = path.join(folder, "keys.jsonl");
});
afterEach(() => rmSync(folder, { recursive: true }));

const NOW = new Date("2026-06-01T12:00:00Z");
const later = (seconds: number): Date => new Date(NOW.getTime() + seconds * 1000);
const context = { clock: () => NOW, random: (bytes: number) => randomBytes(bytes) };
const request: KeyRequest = {
  account: "ada",
  organisation: "analytical",
  customer: "c-1",
  scopes: ["magika:infer"],
  expires: null,
};

it("a token opens what it was given, and stands nowhere", async () => {
  const { token, id, sha256 } = await addKey(file, request, context);
  expect(token).toMatch(/^indicia_[0-9a-f]{12}_[A-Za-z0-9_-]{43}$/);
  expect(sha256).toBe(createHash("sha256").update(token).digest("hex"));
  expect(keyIdOf(token)).toBe(id);
  const records = await readKeys(file);
  expect(liveKey(records, token, NOW)).toMatchObject({ ...request, id, lineage: id });
  expect(readFileSync(file, "utf8")).not.toContain(token.slice(-43));
});

it("nothing but the whole token opens anything", async () => {
  const { token, id } = await addKey(file, request, context);
  const records = await readKeys(file);
  const wrong = fc.oneof(
    fc.string({ maxLength: 100 }),
    fc.stringMatching(/^[A-Za-z0-9_-]{43}$/).map((secret) => `indicia_${id}_${secret}`),
    fc.nat({ max: token.length - 1 }).map((at) => token.slice(0, at) + token.slice(at + 1)),
    fc
      .tuple(fc.nat({ max: token.length - 1 }), fc.constantFrom("a", "Z", "0", "-", "_"))
      .map(([at, character]) => token.slice(0, at) + character + token.slice(at + 1)),
  );
  fc.assert(
    fc.property(wrong, (text) => {
      fc.pre(text !== token);
      expect(liveKey(records, text, NOW)).toBeNull();
    }),
  );
});

it("a rotated key lives for the overlap, and its successor counts as the same", async () => {
  const old = await addKey(file, request, context);
  const next = await rotateKey(file, { id: old.id, overlapSeconds: 60, expires: null }, context);
  const records = await readKeys(file);
  expect(liveKey(records, old.token, later(59))?.lineage).toBe(old.id);
  expect(liveKey(records, old.token, later(60))).toBeNull();
  expect(liveKey(records, next.token, later(1e6))).toMatchObject({
    ...request,
    replaces: old.id,
    lineage: old.id,
  });
  await expect(
    rotateKey(file, { id: old.id, overlapSeconds: 1, expires: null }, { ...context, clock: () => later(61) }),
  ).rejects.toMatchObject({ code: "KEY_ENDED" });
});

it("an overlap lengthens no life", async () => {
  const expires = later(10).toISOString();
  const { id, token } = await addKey(file, { ...request, expires }, context);
  await rotateKey(file, { id, overlapSeconds: 3600, expires: null }, context);
  const records = await readKeys(file);
  expect([liveKey(records, token, later(9))?.id, liveKey(records, token, later(10))]).toEqual([id, null]);
});

it("a revoked key opens nothing, and is revoked once", async () => {
  const { id, token } = await addKey(file, request, context);
  await revokeKey(file, id, context);
  expect(liveKey(await readKeys(file), token, NOW)).toBeNull();
  await expect(revokeKey(file, id, context)).rejects.toMatchObject({ code: "KEY_ENDED" });
  await expect(revokeKey(file, "0".repeat(12), context)).rejects.toMatchObject({ code: "KEY_UNKNOWN" });
});

it.each([
  [{ scopes: [] }, "SCOPE_MALFORMED"],
  [{ scopes: ["magika"] }, "SCOPE_MALFORMED"],
  [{ scopes: ["magika:everything"] }, "SCOPE_MALFORMED"],
  [{ account: "jwt:ada" }, "NAME_MALFORMED"],
  [{ organisation: "a b" }, "NAME_MALFORMED"],
] as const)("%j is refused", async (wrong, code) => {
  await expect(addKey(file, { ...request, ...wrong }, context)).rejects.toMatchObject({ code });
});

it("keys of one account belong to one organisation and customer", async () => {
  await addKey(file, request, context);
  await addKey(file, { ...request, scopes: ["*:metadata"] }, context);
  await expect(addKey(file, { ...request, customer: "c-2" }, context)).rejects.toMatchObject({
    code: "ACCOUNT_DIFFERS",
  });
});

it("a line that was changed is found", async () => {
  const { id } = await addKey(file, request, context);
  await revokeKey(file, id, context);
  const text = readFileSync(file, "utf8");
  writeFileSync(file, text.replace("magika:infer", "magika:admin"));
  await expect(readKeys(file)).rejects.toMatchObject({ code: "CHAIN_BROKEN_LINK" });
});

it("a running gateway notices what was revoked, and keeps its keys where the file breaks", async () => {
  const { id, token } = await addKey(file, request, context);
  const onError = vi.fn<(error: unknown) => void>();
  const desk = await openKeyDesk({ file, onError, lookMs: 5 });
  const other = await addKey(file, request, context);
  await vi.waitFor(() => expect(desk.find(other.token, NOW)?.id).toBe(other.id));
  await revokeKey(file, id, context);
  await vi.waitFor(() => expect(desk.find(token, NOW)).toBeNull());
  writeFileSync(file, "broken\n");
  await vi.waitFor(() => expect(onError).toHaveBeenCalled());
  expect(desk.find(other.token, NOW)?.id).toBe(other.id);
  desk.close();
});

it("drawn keys have the bytes they are given", () => {
  const { token } = newKey((bytes) => new Uint8Array(bytes).fill(255));
  expect(token).toBe(`indicia_${"f".repeat(12)}_${"_".repeat(42)}8`);
});
