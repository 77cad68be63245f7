import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { keyIdOf, newKey } from "./api-key.js";
import { indexKeys, type KeyIndex, liveKey, openKeyDesk } from "./key-desk.js";
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

const indexed = async (): Promise<KeyIndex> => indexKeys(await readKeys(file));

it("a token opens what it was given, and stands nowhere", async () => {
  const { token, id, sha256 } = await addKey(file, request, context);
  expect(token).toMatch(/^indicia_[0-9a-f]{12}_[A-Za-z0-9_-]{43}$/);
  expect(sha256).toBe(createHash("sha256").update(token).digest("hex"));
  expect(keyIdOf(token)).toBe(id);
  const records = await indexed();
  expect(liveKey(records, token, NOW)).toMatchObject({ ...request, id, lineage: id });
  expect(readFileSync(file, "utf8")).not.toContain(token.slice(-43));
});

it("nothing but the whole token opens anything", async () => {
  const { token, id } = await addKey(file, request, context);
  const records = await indexed();
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
  const records = await indexed();
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
  const records = await indexed();
  expect([liveKey(records, token, later(9))?.id, liveKey(records, token, later(10))]).toEqual([id, null]);
});

it("a revoked key opens nothing, and is revoked once", async () => {
  const { id, token } = await addKey(file, request, context);
  await revokeKey(file, id, context);
  expect(liveKey(await indexed(), token, NOW)).toBeNull();
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
  await expect(readKeys(file)).rejects.toMatchObject({
    code: "KEYS_DAMAGED",
    message: expect.stringMatching(/keys\.jsonl .*CHAIN_.*line \d/),
  });
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

/** The file without its last line. */
const cut = (): string => readFileSync(file, "utf8").replace(/[^\n]*\n$/, "");

it("a revocation that is taken out of the file again revokes all the same, and is told once", async () => {
  const { id, token } = await addKey(file, request, context);
  await revokeKey(file, id, context);
  const whole = readFileSync(file, "utf8");
  const onError = vi.fn<(error: unknown) => void>();
  const desk = await openKeyDesk({ file, onError, lookMs: 5 });
  writeFileSync(file, cut());
  await vi.waitFor(() => expect(desk.trouble()).toMatchObject({ code: "KEYS_CUT" }));
  for (let i = 0; i < 3; i++) await desk.look();
  expect(onError).toHaveBeenCalledTimes(1);
  expect(desk.find(token, NOW)).toBeNull();
  writeFileSync(file, whole);
  await vi.waitFor(() => expect(desk.trouble()).toBeNull());
  desk.close();
});

it("what a running gateway saw is missed by the next one, though nothing was noted before", async () => {
  const { id } = await addKey(file, request, context);
  await revokeKey(file, id, context);
  rmSync(`${file}.head`);
  (await openKeyDesk({ file, onError: () => undefined })).close();
  writeFileSync(file, cut());
  await expect(openKeyDesk({ file, onError: () => undefined })).rejects.toMatchObject({ code: "KEYS_CUT" });
});

it("a file that is shorter than it was, or another, or gone, is neither read nor gone on with", async () => {
  const { id } = await addKey(file, request, context);
  await revokeKey(file, id, context);
  const short = cut();
  writeFileSync(file, short);
  await expect(readKeys(file)).rejects.toMatchObject({ code: "KEYS_CUT" });
  await expect(addKey(file, request, context)).rejects.toMatchObject({ code: "KEYS_CUT" });
  expect(readFileSync(file, "utf8")).toBe(short);
  rmSync(file);
  await expect(addKey(file, request, context)).rejects.toMatchObject({ code: "KEYS_UNREADABLE" });
  const head = readFileSync(`${file}.head`);
  rmSync(`${file}.head`);
  for (let i = 0; i < 2; i++) await addKey(file, request, context);
  writeFileSync(`${file}.head`, head);
  await expect(readKeys(file)).rejects.toMatchObject({ code: "KEYS_FORKED" });
  writeFileSync(`${file}.head`, "{}");
  await expect(readKeys(file)).rejects.toMatchObject({ code: "KEYS_HEAD_MALFORMED" });
});

it("keys are for their owner's eyes", async () => {
  await addKey(file, request, context);
  expect([file, `${file}.head`].map((each) => statSync(each).mode & 0o777)).toEqual([0o600, 0o600]);
});

it("drawn keys have the bytes they are given", () => {
  const { token } = newKey((bytes) => new Uint8Array(bytes).fill(255));
  expect(token).toBe(`indicia_${"f".repeat(12)}_${"_".repeat(42)}8`);
});
