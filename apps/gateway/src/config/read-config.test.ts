import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { parseConfig, readConfig } from "./read-config.js";

const where = { name: "gateway.yaml", folder: "/etc/gateway", environment: { DATABASE: "postgres://db/x" } };
const MODEL = "models:\n  - { name: m, file: m.onnx }\n";

describe("what a configuration says", () => {
  it("little, and the rest is careful", () => {
    expect(parseConfig(MODEL, where)).toEqual({
      listen: { host: "127.0.0.1", port: 8080, trustedProxies: [] },
      models: [
        {
          name: "m",
          source: { kind: "file", name: "/etc/gateway/m.onnx" },
          outputs: { kind: "full" },
          batching: { threads: null, maxRows: null, maxWaitMs: null },
          marking: null,
          logged: null,
          monitor: null,
          perturbation: null,
        },
      ],
      access: null,
      openAccess: false,
      terms: null,
      limits: null,
      log: {
        inputs: "stored",
        answers: "stored",
        sealed: false,
        recipients: [],
        keepHours: null,
        segmentEntries: null,
        segmentHours: null,
      },
      vault: null,
      ops: { logs: { level: "info" }, metrics: null, admin: null, traces: null },
    });
  });

  it("everything", () => {
    const config = parseConfig(
      `
listen: { host: "::", port: 0, trustedProxies: [10.0.0.0/8] }
models:
  - name: m
    file: ../models/m.onnx
    outputs: top-k:3
    batching: { threads: 2, maxRows: 16, maxWaitMs: 2 }
    marking: { registration: reg, gatewayKey: g.key, customers: c.jsonl, logged: log, strength: 0.2 }
  - name: n
    vault: stored
    monitor:
      calibration: monitor.json
      actions: [alert, perturb, throttle]
      throttledRows: 5
      webhook: { url: "https://watch.example/x", headers: { Authorization: { env: DATABASE } } }
    perturbation: { kind: keyed-noise, budget: 0.02, unusual: 0.5, secret: noise.key }
access:
  keys: keys.jsonl
  jwt: { issuer: "https://id.example", audience: indicia, jwks: "https://id.example/jwks", claims: { customer: cid } }
  mtls:
    header: X-Client-Cert
    proxies: [127.0.0.1]
    accounts: [{ certificate: "AB:CD", account: bob, scopes: ["m:infer"] }]
terms: { file: terms.jsonl, acceptances: /var/a.jsonl }
limits:
  store: { postgres: { env: DATABASE } }
  rules:
    - { per: key, count: requests, most: 600, window: 1m }
    - { per: account, model: "*", count: bits, most: 2e6, window: ever }
log: { answers: hash, sealed: true, keep: 30d, segmentHours: 1 }
vault: { folder: vault, secret: { command: [pass, show, key] }, kind: passphrase }
ops:
  logs: { level: warn }
  metrics: { port: 9090 }
  traces: { endpoint: "http://127.0.0.1:4318/v1/traces", ratio: 0.1 }
`,
      where,
    );
    expect(config).toMatchObject({
      listen: { host: "::", port: 0 },
      models: [
        {
          source: { kind: "file", name: "/etc/models/m.onnx" },
          outputs: { kind: "top-k", k: 3 },
          marking: { registration: "/etc/gateway/reg", tilt: null, strength: 0.2 },
        },
        {
          source: { kind: "vault", name: "stored" },
          monitor: {
            calibration: "/etc/gateway/monitor.json",
            actions: ["alert", "perturb", "throttle"],
            throttledRows: 5,
            webhook: { headers: { authorization: "postgres://db/x" }, allowPrivate: false },
          },
          perturbation: {
            kind: "keyed-noise",
            budget: 0.02,
            most: null,
            unusual: 0.5,
            secret: "/etc/gateway/noise.key",
          },
        },
      ],
      access: {
        jwt: {
          jwks: "https://id.example/jwks",
          allowPrivate: false,
          claims: { account: "sub", organisation: null, scopes: "scope", customer: "cid" },
        },
        mtls: { header: "x-client-cert", accounts: [{ organisation: null, customer: null }] },
      },
      terms: { acceptances: "/var/a.jsonl", version: null, required: true, recordAddress: false },
      limits: {
        store: { postgres: "postgres://db/x" },
        rules: [
          { per: "key", model: null, seconds: 60 },
          { per: "account", model: "*", most: 2e6, seconds: null },
        ],
      },
      log: { inputs: "stored", answers: "hash", sealed: true, keepHours: 720, segmentHours: 1 },
      vault: {
        folder: "/etc/gateway/vault",
        kind: "passphrase",
        secret: { kind: "command", program: "pass", arguments: ["show", "key"] },
      },
      ops: { metrics: { host: "127.0.0.1", port: 9090 }, traces: { ratio: 0.1 } },
    });
  });
});

it("relative paths start at the file, wherever the gateway is started", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "indicia-config-"));
  const file = path.join(folder, "gateway.yaml");
  writeFileSync(file, MODEL);
  expect((await readConfig(path.relative(process.cwd(), file), {})).models[0]?.source).toEqual({
    kind: "file",
    name: path.join(folder, "m.onnx"),
  });
  writeFileSync(file, `# ${"x".repeat(2 ** 20)}\n${MODEL}`);
  await expect(readConfig(file, {})).rejects.toMatchObject({ code: "CONFIG_UNREADABLE" });
  await expect(readConfig(folder, {})).rejects.toMatchObject({ code: "CONFIG_UNREADABLE" });
  rmSync(folder, { recursive: true });
});
