import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { CertificateOptions } from "../access/certificates.js";
import { type KeyDesk, openKeyDesk } from "../access/key-desk.js";
import { addKey, revokeKey } from "../access/key-file.js";
import { parseNetworks } from "../access/networks.js";
import { callerWith } from "../test-support/caller.js";
import { accessDefence } from "./access.js";
import type { Caller } from "./defence.js";
import { Refusal } from "./refusal.js";

const context = {
  clock: () => new Date("2026-05-01T00:00:00Z"),
  random: (bytes: number) => randomBytes(bytes),
};
const account = { account: "ada", organisation: "analytical", customer: null, scopes: ["magika:infer"] };
let folder: string;
let keys: KeyDesk;
let good: string;
let second: string;
let expired: string;
let revoked: string;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "indicia-access-"));
  const file = path.join(folder, "keys.jsonl");
  good = (await addKey(file, { ...account, expires: null }, context)).token;
  second = (await addKey(file, { ...account, account: "eve", expires: null }, context)).token;
  expired = (await addKey(file, { ...account, expires: "2026-05-02T00:00:00Z" }, context)).token;
  const third = await addKey(file, { ...account, expires: null }, context);
  revoked = third.token;
  await revokeKey(file, third.id, context);
  keys = await openKeyDesk({ file, onError: () => undefined });
});
afterAll(() => {
  keys.close();
  rmSync(folder, { recursive: true });
});

const certificates: CertificateOptions = {
  header: "x-client-cert",
  proxies: parseNetworks(["10.0.0.0/8"]),
  holders: [
    {
      certificate: "AB:".repeat(19) + "AB",
      account: "bob",
      organisation: null,
      customer: "c-2",
      scopes: ["*:*"],
    },
  ],
};
async function refusalOf(caller: Caller): Promise<Refusal> {
  const defence = accessDefence({ keys, jwt: null, certificates });
  const refused = await Promise.resolve(defence.enter?.(caller)).then(
    () => null,
    (error: unknown) => error,
  );
  if (refused instanceof Refusal) return refused;
  throw new Error("was let in");
}
async function entered(caller: Caller): Promise<Caller["account"]> {
  await accessDefence({ keys, jwt: null, certificates }).enter?.(caller);
  return caller.account;
}

it("a key shows who asks, in either header", async () => {
  const who = { id: "ada", organisation: "analytical", customer: null, scopes: ["magika:infer"] };
  expect(await entered(callerWith({ authorization: `Bearer ${good}` }))).toMatchObject(who);
  expect(await entered(callerWith({ "x-api-key": good }))).toMatchObject(who);
});

it("whatever is wrong with a key, the refusal is the same", async () => {
  const unknown = `indicia_${"0".repeat(12)}_${"A".repeat(43)}`;
  const wrong = good.slice(0, -43) + "A".repeat(43);
  const shown = [unknown, wrong, expired, revoked, "nonsense", `${good}x`];
  const refusals = await Promise.all([
    ...shown.map((token) => refusalOf(callerWith({ authorization: `Bearer ${token}` }))),
    ...shown.map((token) => refusalOf(callerWith({ "x-api-key": token }))),
    refusalOf(callerWith({})),
    refusalOf(callerWith({ authorization: `Basic ${good}`, "x-api-key": good })),
    refusalOf(callerWith({ authorization: `Bearer ${good}`, "x-api-key": second })),
    refusalOf(
      callerWith({ authorization: `Bearer ${good}`, "x-client-cert": "ab".repeat(20) }, { peer: "10.1.1.1" }),
    ),
  ]);
  const told = refusals.map(({ status, code, message, retryAfter, details, headers }) =>
    JSON.stringify({ status, code, message, retryAfter, details, headers }),
  );
  expect(new Set(told).size).toBe(1);
  expect(refusals[0]).toMatchObject({
    status: 401,
    code: "UNAUTHENTICATED",
    headers: { "www-authenticate": expect.stringContaining("Bearer") },
  });
});

it("an address that shows too many wrong keys is told to wait, and right ones are let in all the same", async () => {
  const defence = accessDefence({ keys, jwt: null, certificates: null });
  const codes: unknown[] = [];
  for (let i = 0; i < 31; i++)
    await Promise.resolve(
      defence.enter?.(callerWith({ "x-api-key": "wrong" }, { address: "192.0.2.9" })),
    ).catch((error: unknown) => codes.push(error instanceof Refusal ? error.code : error));
  expect([...new Set(codes)]).toEqual(["UNAUTHENTICATED", "TOO_MANY_FAILURES"]);
  expect(codes.indexOf("TOO_MANY_FAILURES")).toBe(30);
  await defence.enter?.(callerWith({ "x-api-key": good }, { address: "192.0.2.9" }));
});

it("what no scope names is not allowed", async () => {
  const headers = { authorization: `Bearer ${good}` };
  for (const more of [{ modelName: "other" }, { action: "batch" }, { modelName: null }] as const) {
    const refused = await refusalOf(callerWith(headers, more));
    expect([refused.status, refused.code]).toEqual([403, "FORBIDDEN"]);
  }
  expect(await entered(callerWith(headers, { action: null, modelName: null }))).toMatchObject({ id: "ada" });
  expect(await entered(callerWith(headers, { action: "metadata" }))).toMatchObject({ id: "ada" });
});

it("a certificate counts where a trusted proxy names it, however it is written", async () => {
  const headers = { "x-client-cert": "ab".repeat(20) };
  expect(await entered(callerWith(headers, { peer: "10.1.1.1" }))).toMatchObject({
    id: "mtls:bob",
    customer: "c-2",
  });
  for (const peer of ["203.0.113.5", null])
    expect((await refusalOf(callerWith(headers, { peer }))).status).toBe(401);
  const other = callerWith({ "x-client-cert": "cd".repeat(20) }, { peer: "10.1.1.1" });
  expect((await refusalOf(other)).status).toBe(401);
});

it("a token that cannot be checked is the gateway's trouble, not the client's", async () => {
  const jwt = {
    read: async () => {
      throw new Error("no keys");
    },
    fetchKeys: async () => undefined,
    close: async () => undefined,
  };
  const defence = accessDefence({ keys, jwt, certificates: null });
  const asked = defence.enter?.(callerWith({ authorization: "Bearer a.b.c" }));
  await expect(asked).rejects.toMatchObject({ status: 503, code: "ACCESS_UNREACHABLE", retryAfter: 5 });
  // Keys are checked all the same.
  await defence.enter?.(callerWith({ authorization: `Bearer ${good}` }));
});
