import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type JwtOptions, openJwtReader } from "./jwt.js";

const NOW = new Date("2026-06-01T12:00:00Z");
const claims = { account: "sub", organisation: "org", scopes: "scope", customer: "customer" };
let folder: string;
let file: string;
let good: CryptoKey;
let strange: CryptoKey;
let set: string;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "indicia-jwt-"));
  file = path.join(folder, "jwks.json");
  const pair = await generateKeyPair("ES256");
  good = pair.privateKey;
  strange = (await generateKeyPair("ES256")).privateKey;
  set = JSON.stringify({ keys: [{ ...(await exportJWK(pair.publicKey)), kid: "k", alg: "ES256" }] });
  writeFileSync(file, set);
});
afterAll(() => rmSync(folder, { recursive: true }));

const options = (more: Partial<JwtOptions> = {}): JwtOptions => ({
  issuer: "https://id.example",
  audience: "indicia",
  jwks: file,
  allowPrivate: false,
  claims,
  ...more,
});
const payload = {
  iss: "https://id.example",
  aud: "indicia",
  sub: "ada",
  org: "analytical",
  customer: "c-1",
  scope: "openid magika:infer *:metadata",
  exp: NOW.getTime() / 1000 + 60,
};
const signed = (more: object = {}, key: CryptoKey = good, alg = "ES256"): Promise<string> =>
  new SignJWT({ ...payload, ...more }).setProtectedHeader({ alg, kid: "k" }).sign(key);

it("a good token's claims make the account", async () => {
  const reader = await openJwtReader(options());
  expect(await reader.read(await signed(), NOW)).toEqual({
    id: "jwt:ada",
    organisation: "analytical",
    customer: "c-1",
    scopes: ["magika:infer", "*:metadata"],
  });
  expect(await reader.read(await signed({ scope: ["magika:batch", 7], org: undefined }), NOW)).toMatchObject({
    organisation: null,
    scopes: ["magika:batch"],
  });
  const silent = await openJwtReader(options({ claims: { ...claims, organisation: null, customer: null } }));
  expect(await silent.read(await signed({ scope: undefined }), NOW)).toMatchObject({
    organisation: null,
    customer: null,
    scopes: [],
  });
});

describe("nobody is known by a token", () => {
  it.each([
    ["of another issuer", { iss: "https://evil.example" }],
    ["for another audience", { aud: "other" }],
    ["that has expired", { exp: NOW.getTime() / 1000 - 6 }],
    ["that never expires", { exp: undefined }],
    ["that is not valid yet", { nbf: NOW.getTime() / 1000 + 60 }],
    ["of nobody", { sub: "" }],
    ["of a number", { sub: 7 }],
  ])("%s", async (_, more) => {
    const reader = await openJwtReader(options());
    expect(await reader.read(await signed(more), NOW)).toBeNull();
  });

  it("that another key signed, or none, or the public key as a secret", async () => {
    const reader = await openJwtReader(options());
    const secret = new SignJWT(payload).setProtectedHeader({ alg: "HS256", kid: "k" });
    const tokens = [
      await signed({}, strange),
      new UnsecuredJWT(payload).encode(),
      await secret.sign(new TextEncoder().encode(set)),
      "a.b.c",
      "",
    ];
    for (const token of tokens) expect(await reader.read(token, NOW)).toBeNull();
  });
});

describe("keys over the network", () => {
  it("are fetched once, and only where the address may be asked", async () => {
    let asked = 0;
    const server = createServer((_, response) => {
      asked++;
      response.setHeader("content-type", "application/json").end(set);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const jwks = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
    const reader = await openJwtReader(options({ jwks, allowPrivate: true }));
    for (let i = 0; i < 3; i++)
      expect(await reader.read(await signed(), NOW)).toMatchObject({ id: "jwt:ada" });
    expect(asked).toBe(1);
    const careful = await openJwtReader(options({ jwks }));
    await expect(careful.read(await signed(), NOW)).rejects.toMatchObject({ code: "JWKS_UNUSABLE" });
    expect(asked).toBe(1);
    await Promise.all([reader.close(), careful.close()]);
    server.close();
  });

  it("that are no keys are the gateway's trouble, not the token's", async () => {
    const server = createServer((_, response) => response.end("<html>")).listen(0, "127.0.0.1");
    await once(server, "listening");
    const jwks = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
    const reader = await openJwtReader(options({ jwks, allowPrivate: true }));
    await expect(reader.read(await signed(), NOW)).rejects.toMatchObject({ code: "JWKS_UNUSABLE" });
    await reader.close();
    server.close();
  });

  it("a file of none is refused on opening", async () => {
    const broken = path.join(folder, "broken.json");
    writeFileSync(broken, '{"keys": 3}');
    await expect(openJwtReader(options({ jwks: broken }))).rejects.toMatchObject({ code: "JWKS_UNUSABLE" });
  });
});
