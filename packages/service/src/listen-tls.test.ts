import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import os from "node:os";
import path from "node:path";
import { issueCertificate } from "@indicia/testkit/local-certificate";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Listening, listen } from "./listen.js";

const folder = mkdtempSync(path.join(os.tmpdir(), "indicia-listen-"));
const tls = { certificate: path.join(folder, "cert.pem"), key: path.join(folder, "key.pem") };
let root: string;
let listening: Listening;
beforeAll(async () => {
  const { pem, keys } = await issueCertificate({
    name: "localhost",
    kind: "ecdsa",
    valid: [new Date(Date.now() - 60_000), new Date(Date.now() + 3_600_000)],
    issuer: null,
    usage: { purposes: ["1.3.6.1.5.5.7.3.1"], critical: false },
  });
  root = pem;
  writeFileSync(tls.certificate, pem);
  const der = Buffer.from(await crypto.subtle.exportKey("pkcs8", keys.privateKey)).toString("base64");
  writeFileSync(tls.key, `-----BEGIN PRIVATE KEY-----\n${der}\n-----END PRIVATE KEY-----\n`);
  const app = { fetch: (asked: Request) => new Response(new URL(asked.url).protocol) };
  listening = await listen(app, { host: "127.0.0.1", port: 0, tls });
});
afterAll(async () => {
  await listening.close();
  rmSync(folder, { recursive: true });
});

/** @returns body and version of TLS; rejects where the handshake does */
function ask(options: { readonly ca?: string; readonly maxVersion?: "TLSv1.1" }): Promise<[string, string]> {
  return new Promise((resolve, reject) => {
    const trusting = { ...options, agent: false, checkServerIdentity: () => undefined };
    const older = options.maxVersion === undefined ? {} : { minVersion: "TLSv1" as const };
    request(listening.address, { ...trusting, ...older }, (answer) => {
      const { socket } = answer;
      const version =
        "getProtocol" in socket && typeof socket.getProtocol === "function" ? socket.getProtocol() : "";
      let body = "";
      answer.setEncoding("utf8").on("data", (part: string) => {
        body += part;
      });
      answer.on("end", () => resolve([body, String(version)]));
    })
      .on("error", reject)
      .end();
  });
}

test("the service answers https by its own certificate, and knows that it does", async () => {
  expect(listening.address).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
  expect(await ask({ ca: root })).toEqual(["https:", "TLSv1.3"]);
});

test("whoever does not know the certificate, or speaks an older version, does not get through", async () => {
  await expect(ask({})).rejects.toMatchObject({ code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
  await expect(ask({ ca: root, maxVersion: "TLSv1.1" })).rejects.toThrow(/version|protocol|alert|EPROTO/i);
  await expect(fetch(listening.address.replace("https:", "http:"))).rejects.toThrow("fetch failed");
});

test("a certificate that is not there is said at the start", async () => {
  const missing = { tls: { ...tls, key: path.join(folder, "none.pem") } };
  const none = { fetch: () => new Response("") };
  await expect(listen(none, { host: "127.0.0.1", port: 0, ...missing })).rejects.toMatchObject({
    code: "ENOENT",
  });
});
