import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { copyFileSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { writeNpz } from "@indicia/data/npz";
import { tinyClassifier, tinyInputs } from "@indicia/testkit/tiny-classifier";
import { addModel } from "@indicia/vault/add-model";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { addKey } from "../access/key-file.js";
import { calibrateCommand } from "../commands/calibrate.js";
import { createLog } from "../ops/log.js";
import { type MarkedFolder, markedFolder } from "../test-support/marked-folder.js";
import { checkConfig } from "./check.js";
import { type Gateway, openGateway } from "./open-gateway.js";
import { readConfig } from "./read-config.js";

const clock = (): Date => new Date();
const tiny = tinyClassifier({ features: 24, classes: 6 });
let files: MarkedFolder;
let gateway: Gateway;
let server: Server;
const alerts: Record<string, unknown>[] = [];
const keys: Record<string, string> = {};

beforeAll(async () => {
  files = await markedFolder();
  const identity = await generateX25519Identity();
  writeFileSync(files.at("vault.key"), `${identity}\n`, { mode: 0o600 });
  await addModel(files.at("vault"), {
    name: "stored",
    model: files.at("model.onnx"),
    lock: { kind: "recipients", recipients: [await identityToRecipient(identity)] },
    signing: null,
    clock,
  });
  writeFileSync(files.at("benign.npz"), writeNpz(tinyInputs(tiny, 600, 5)));
  const calibrate = [
    "--model",
    files.at("model.onnx"),
    "--data",
    files.at("benign.npz"),
    "--horizon",
    "200",
    "--level",
    "0.05",
  ];
  await calibrateCommand([...calibrate, "--out", files.at("monitor.json")]);
  for (const account of ["honest", "thief"]) {
    const request = {
      account,
      organisation: null,
      customer: "alice",
      scopes: ["*:infer", "bare:metadata"],
      expires: null,
    };
    keys[account] = (
      await addKey(files.at("keys.jsonl"), request, { clock, random: (n) => randomBytes(n) })
    ).token;
  }
  server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      alerts.push(JSON.parse(Buffer.concat(parts).toString()) as Record<string, unknown>);
      response.end();
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  writeFileSync(
    files.at("gateway.yaml"),
    `
listen: { port: 0 }
vault: { folder: vault, secret: { file: vault.key } }
models:
  - name: tiny
    vault: stored
    batching: { threads: 1 }
    marking: { registration: registration, gatewayKey: gateway.key, customers: customers.jsonl, logged: log }
    monitor:
      calibration: monitor.json
      state: monitor.state
      actions: [log, alert, perturb, block]
      webhook: { url: "http://127.0.0.1:${port}/alert", allowPrivate: true }
    perturbation: { kind: keyed-noise, budget: 0.01, most: 0.5 }
  - name: plain
    file: model.onnx
    batching: { threads: 1 }
    perturbation: { kind: reverse-sigmoid, budget: 0.05, secret: gateway.key }
  - name: bare
    file: model.onnx
    batching: { threads: 1 }
access: { keys: keys.jsonl }
log: { sealed: true }
ops: { metrics: { port: 0 }, logs: { level: silent } }
`,
  );
  gateway = await openGateway(await readConfig(files.at("gateway.yaml"), {}), {
    clock,
    log: createLog("silent"),
  });
});
afterAll(async () => {
  await gateway.close();
  server.close();
  files.remove();
});

const ask = async (model: string, account: string, question: object): Promise<Response> =>
  await fetch(`${gateway.address}/v2/models/${model}/infer`, {
    method: "POST",
    body: JSON.stringify(question),
    headers: { authorization: `Bearer ${keys[account]}` },
  });
const scores = async (model: string, question: object): Promise<number[]> => {
  const { outputs } = (await (await ask(model, "honest", question)).json()) as {
    outputs: { data: number[] }[];
  };
  return outputs[0]?.data ?? [];
};
/** Many rows of the same inputs as noise far from anything honest. */
function strange(seed: number, rows: number): object {
  const inputs = Object.entries(tinyInputs(tiny, rows, seed)).map(([name, tensor]) => ({
    name,
    shape: tensor.dims,
    datatype: "FP32",
    data: Array.from(tensor.data as Float32Array, (value) => value * 40),
  }));
  return { inputs };
}

it("a perturbation changes what is shown, and not the label", async () => {
  const best = (values: readonly number[]): number => values.indexOf(Math.max(...values));
  for (let seed = 1; seed <= 5; seed++) {
    const question = files.question(seed);
    const [bare, plain] = [await scores("bare", question), await scores("plain", question)];
    expect(plain).toHaveLength(6);
    expect(best(plain)).toBe(best(bare));
    expect(plain).not.toEqual(bare);
    expect(await scores("plain", question)).toEqual(plain);
  }
});

it("a model of the vault is served from memory, and a thief is noticed, told of and blocked", async () => {
  for (let seed = 10; seed < 16; seed++)
    expect((await ask("tiny", "honest", files.question(seed))).status).toBe(200);
  const statuses: number[] = [];
  for (let seed = 0; seed < 8; seed++) statuses.push((await ask("tiny", "thief", strange(seed, 25))).status);
  expect(statuses[0]).toBe(200);
  expect(statuses.at(-1)).toBe(403);
  expect((await ask("tiny", "honest", files.question(20))).status).toBe(200);
  await vi.waitFor(() =>
    expect(alerts).toContainEqual(expect.objectContaining({ account: "thief", model: "tiny" })),
  );
  const figures = await (await fetch(`${gateway.ops}/metrics`)).text();
  expect(figures).toContain('indicia_flagged_accounts{model="tiny"} 1\n');
  expect(figures).toContain('indicia_refusals_total{model="tiny",code="ACCOUNT_BLOCKED"}');

  // What is known of accounts is for administrators, who sign in.
  for (const [method, page] of [
    ["GET", "/accounts"],
    ["POST", "/accounts/forgive"],
  ] as const)
    expect((await fetch(`${gateway.ops}${page}`, { method })).status).toBe(404);
});

it("who was flagged is still flagged after a crash and after an end", async () => {
  // As a crash would leave it: nothing was closed.
  await vi.waitFor(() =>
    expect(readFileSync(files.at("monitor.state"), "utf8")).toContain('"account":"thief"'),
  );
  copyFileSync(files.at("monitor.state"), files.at("crashed.state"));
  const text = readFileSync(files.at("gateway.yaml"), "utf8");
  writeFileSync(
    files.at("crashed.yaml"),
    text.replace("monitor.state", "crashed.state").replace("logged: log", "logged: log3"),
  );
  for (let i = 0; i < 2; i++) {
    const after = await openGateway(await readConfig(files.at("crashed.yaml"), {}), {
      clock,
      log: createLog("silent"),
    });
    const statuses = await Promise.all(
      ["thief", "honest"].map(async (account) => {
        const response = await fetch(`${after.address}/v2/models/tiny/infer`, {
          method: "POST",
          body: JSON.stringify(files.question(30)),
          headers: { authorization: `Bearer ${keys[account]}` },
        });
        return response.status;
      }),
    );
    await after.close();
    expect(statuses).toEqual([403, 200]);
  }
  writeFileSync(files.at("crashed.state"), "{}\n");
  const broken = openGateway(await readConfig(files.at("crashed.yaml"), {}), {
    clock,
    log: createLog("silent"),
  });
  await expect(broken).rejects.toMatchObject({ code: "STATE_INVALID" });
});

it("a check opens all of it, and what was logged is sealed", async () => {
  const checks = await checkConfig(await readConfig(files.at("gateway.yaml"), {}), clock);
  expect(checks.filter(({ ok }) => !ok)).toEqual([]);
  expect(checks[0]?.told).toContain("watched (log, alert, perturb, block), perturbed by keyed-noise");
  // 6 classes of a tiny model: what is said is measured on the registered rows, or on others that are given.
  expect(checks[0]?.told).toMatch(
    /strength [\d.]+ changes [\d.]+ % of \d+ labels \(95 % upper bound [\d.]+ %, the most of \d/,
  );
  writeFileSync(files.at("monitor.json"), "{}");
  const broken = await checkConfig(await readConfig(files.at("gateway.yaml"), {}), clock);
  expect(broken.filter(({ ok }) => !ok).map(({ part, code }) => [part, code])).toEqual([
    ["models[0] tiny, monitor", "CALIBRATION_INVALID"],
  ]);
  rmSync(files.at("monitor.json"));
  renameSync(files.at("gateway.key"), files.at("away.key"));
  const missing = await checkConfig(await readConfig(files.at("gateway.yaml"), {}), clock);
  renameSync(files.at("away.key"), files.at("gateway.key"));
  const found = missing.filter(({ ok }) => !ok);
  const made = { code: "CALIBRATION_MISSING", hint: "Make it with `indicia gateway calibrate`." };
  expect(found).toContainEqual(expect.objectContaining(made));
  expect(found.map(({ part }) => part)).toContain("models[0] tiny");
  expect(readFileSync(files.at("vault/audit.jsonl"), "utf8")).toContain('"opened"');
  const logged = readdirSync(files.at("log")).map((name) => readFileSync(files.at(`log/${name}`), "utf8"));
  expect(logged.join("")).toContain('"sealed"');
  expect(logged.join("")).not.toContain("alice");
});

it("before an endpoint, what is logged is marked, and nothing else", async () => {
  const upstream = `url: "${gateway.address}", model: bare, allowPrivate: true, headers: { authorization: { env: TOKEN } }`;
  writeFileSync(
    files.at("proxy.yaml"),
    `
listen: { port: 0 }
models:
  - name: outer
    upstream: { ${upstream}, scores: { output: ${tiny.output}, classes: 6, tail: softmax } }
    marking: { registration: registration, gatewayKey: gateway.key, logged: log2, tilt: 0.2 }
ops: { logs: { level: silent } }
`,
  );
  const config = await readConfig(files.at("proxy.yaml"), { TOKEN: `Bearer ${keys["honest"]}` });
  expect((await checkConfig(config, clock)).filter(({ ok }) => !ok)).toEqual([]);
  const proxy = await openGateway(config, { clock, log: createLog("silent") });
  const changes: number[] = [];
  for (let seed = 1; seed <= 4; seed++) {
    const init = { method: "POST", body: JSON.stringify(files.question(seed)) };
    const response = await fetch(`${proxy.address}/v2/models/outer/infer`, init);
    expect(response.status).toBe(200);
    const { outputs } = (await response.json()) as { outputs: { data: number[] }[] };
    const plain = await scores("bare", files.question(seed));
    changes.push(...(outputs[0]?.data ?? []).map((p, c) => Math.abs(Math.log(p / (plain[c] ?? 0)))));
  }
  await proxy.close();
  // Signs drawn from the query tilt by 0.2 logits, up to a constant per row.
  expect(Math.max(...changes)).toBeGreaterThan(0.05);
  expect(Math.max(...changes)).toBeLessThan(0.5);
});
