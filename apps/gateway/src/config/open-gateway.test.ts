import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { buildModel } from "@indicia/onnx/build";
import { tinyClassifier } from "@indicia/testkit/tiny-classifier";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { addKey } from "../access/key-file.js";
import { createLog } from "../ops/log.js";
import { type MarkedFolder, markedFolder } from "../test-support/marked-folder.js";
import { checkConfig, type Checked } from "./check.js";
import { type Gateway, openGateway } from "./open-gateway.js";
import { readConfig } from "./read-config.js";

const CONFIG = `
listen: { port: 0 }
models:
  - name: tiny
    file: model.onnx
    batching: { threads: 1 }
    marking: { registration: registration, gatewayKey: gateway.key, customers: customers.jsonl, logged: log }
  - name: plain
    file: model.onnx
    outputs: labels
    batching: { threads: 1 }
access: { keys: keys.jsonl }
limits:
  rules:
    - { per: account, model: plain, count: requests, most: 2, window: 1h }
ops: { metrics: { port: 0 }, logs: { level: silent } }
`;
const clock = (): Date => new Date();
let files: MarkedFolder;
let gateway: Gateway;
const lines: string[] = [];
const keys: Record<string, string> = {};
beforeAll(async () => {
  files = await markedFolder();
  const context = { clock, random: (bytes: number) => randomBytes(bytes) };
  for (const [account, customer, scopes] of [
    ["alice", "alice", ["tiny:infer", "tiny:metadata", "plain:infer"]],
    ["bob", "bob", ["*:*"]],
    ["nobody", null, ["tiny:infer"]],
    ["batches", null, ["plain:batch"]],
  ] as const) {
    const request = { account, organisation: null, customer, scopes, expires: null };
    keys[account] = (await addKey(files.at("keys.jsonl"), request, context)).token;
  }
  writeFileSync(files.at("gateway.yaml"), CONFIG);
  const config = await readConfig(files.at("gateway.yaml"), {});
  gateway = await openGateway(config, {
    clock,
    log: createLog("info", { write: (line) => void lines.push(line) }),
  });
});
afterAll(async () => {
  await gateway.close();
  files.remove();
});

const ask = (page: string, account: string | null, body: unknown = null): Promise<Response> =>
  fetch(`${gateway.address}${page}`, {
    ...(body === null ? {} : { method: "POST", body: JSON.stringify(body) }),
    headers:
      account === null ? {} : { authorization: `Bearer ${keys[account]}`, "x-indicia-customer": "bob" },
  });
const scores = async (account: string, seed: number): Promise<number[]> => {
  const response = await ask("/v2/models/tiny/infer", account, files.question(seed));
  expect(response.status).toBe(200);
  const { outputs } = (await response.json()) as { outputs: { data: number[] }[] };
  return outputs[0]?.data ?? [];
};

describe("what is configured stands before every model", () => {
  it("nobody sees anything who does not show who he is, not even which models there are", async () => {
    for (const page of ["/v2/models/tiny", "/v2/models/none", "/v2/models/tiny/infer", "/nowhere"]) {
      const response = await ask(page, null);
      expect([response.status, response.headers.get("www-authenticate")]).toEqual([
        401,
        'Bearer realm="indicia"',
      ]);
    }
    expect((await ask("/v2/health/live", null)).status).toBe(200);
  });

  it("whoever does sees what his scopes name", async () => {
    const index = async (account: string): Promise<unknown> =>
      (await ask("/v2/repository/index", account, {})).json();
    expect(await index("alice")).toMatchObject([{ name: "tiny" }, { name: "plain" }]);
    expect(await index("bob")).toMatchObject([{ name: "tiny" }, { name: "plain" }]);
    expect(await index("nobody")).toMatchObject([{ name: "tiny" }]);
    expect((await ask("/v2/models/tiny", "nobody")).status).toBe(200);
    expect((await ask("/v2/models/plain", "nobody")).status).toBe(403);
    const listed = async (account: string): Promise<unknown> => (await ask("/v1/models", account)).json();
    expect(await listed("nobody")).toMatchObject({
      models: [{ name: "tiny", platform: "onnxruntime_onnx" }],
    });
    expect(await listed("batches")).toEqual({ models: [{ name: "plain", versions: ["1"] }] });
  });

  it("marks are those of the account's customer, whatever a header says", async () => {
    const [alice, again, bob] = [await scores("alice", 1), await scores("alice", 1), await scores("bob", 1)];
    expect(alice).toEqual(again);
    expect(alice).not.toEqual(bob);
    expect((await ask("/v2/models/tiny/infer", "nobody", files.question(1))).status).toBe(403);
  });

  it("limits count, and say when to come again", async () => {
    const answers: Response[] = [];
    for (let i = 0; i < 3; i++) answers.push(await ask("/v2/models/plain/infer", "alice", files.question(i)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(Number(answers[2]?.headers.get("retry-after"))).toBeGreaterThan(3500);
    expect((await ask("/v2/models/plain/infer", "bob", files.question(0))).status).toBe(200);
  });

  it("figures and logs tell of it, elsewhere than clients ask", async () => {
    expect((await ask("/metrics", "bob")).status).toBe(404);
    const figures = await (await fetch(`${gateway.ops}/metrics`)).text();
    expect(figures).toContain('indicia_refusals_total{model="plain",code="RATE_LIMITED"} 1\n');
    expect(await (await fetch(`${gateway.ops}/health`)).json()).toEqual({
      ready: true,
      models: ["tiny", "plain"],
      keys: { ok: true, code: null, since: null },
    });
    const told = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(told).toContainEqual(
      expect.objectContaining({ status: 429, account: "alice", refusal: "RATE_LIMITED" }),
    );
    for (const token of Object.values(keys)) expect(lines.join("")).not.toContain(token.slice(-43));
  });
});

describe("a check", () => {
  const checked = async (yaml: string): Promise<readonly Checked[]> => {
    writeFileSync(files.at("other.yaml"), yaml);
    return await checkConfig(await readConfig(files.at("other.yaml"), {}), clock);
  };

  it("passes what is served, even while it is", async () => {
    const checks = await checked(CONFIG);
    expect(checks.map(({ part, ok }) => [part, ok])).toEqual([
      ["models[0] tiny", true],
      ["models[1] plain", true],
      ["access.keys", true],
      ["limits", true],
      ["listen", true],
      ["ops", true],
      ["access.keys", true],
      ["log", true],
    ]);
    expect(checks.filter(({ warning }) => warning)).toMatchObject([
      {
        told: expect.stringMatching(
          /^tiny answers registered customers .* of nobody \(customer none\)$/,
        ) as string,
      },
      { told: expect.stringContaining("in the clear") as string },
    ]);
    const started = lines.map((line) => JSON.parse(line) as { level: string; msg: string });
    expect(
      started.filter(({ msg }) => checks.some(({ warning, told }) => warning && told === msg)),
    ).toHaveLength(2);
    expect(checks[0]?.told).toMatch(
      /6 classes, shown as full, marked for its customers and by its log \(begun, \d+ lines verified\)/,
    );
    expect(checks[2]?.told).toBe("4 of 4 keys are live");
  });

  it("finds what is missing, and what does not fit", async () => {
    writeFileSync(files.at("no.onnx"), "no model");
    writeFileSync(files.at("no.key"), "no key");
    const checks = await checked(
      CONFIG.replace("file: model.onnx\n    outputs", "file: no.onnx\n    outputs")
        .replace("gatewayKey: gateway.key", "gatewayKey: no.key")
        .replace("keys: keys.jsonl", "keys: none.jsonl")
        .replace("limits:", "limits:\n  store: { postgres: 'postgres://indicia@127.0.0.1:1/none' }"),
    );
    expect(checks.filter(({ ok }) => !ok).map(({ part, code }) => [part, code])).toEqual([
      ["models[0] tiny", "WRONG_KEY"],
      ["models[1] plain", "MODEL_INVALID"],
      ["access.keys", "KEYS_UNREADABLE"],
      ["limits", "LIMITS_UNREACHABLE"],
    ]);
  });

  it("finds customers of keys that no register has", async () => {
    const request = { account: "eve", organisation: null, customer: "eve", scopes: ["*:*"], expires: null };
    await addKey(files.at("more.jsonl"), request, { clock, random: (bytes) => randomBytes(bytes) });
    const checks = await checked(CONFIG.replace("keys.jsonl", "more.jsonl"));
    expect(checks.find(({ part }) => part === "access.keys")).toMatchObject({
      ok: false,
      told: "customer eve is in no register of a model that is served",
    });
  });
});

it("what cannot be opened whole is not served, and leaves nothing open", async () => {
  const yaml = CONFIG.replace("log }", "log2 }").replace(
    "file: model.onnx\n    outputs",
    "file: none.onnx\n    outputs",
  );
  writeFileSync(files.at("broken.yaml"), yaml);
  const config = await readConfig(files.at("broken.yaml"), {});
  const log = createLog("silent");
  await expect(openGateway(config, { clock, log })).rejects.toMatchObject({ code: "MODEL_NOT_FOUND" });
  // Its log is free again.
  writeFileSync(files.at("mended.yaml"), CONFIG.replace("log }", "log2 }"));
  const mended = await openGateway(await readConfig(files.at("mended.yaml"), {}), { clock, log });
  await mended.close();
});

it("a model whose file changes is served as it is then, and one that is broken is not", async () => {
  writeFileSync(files.at("hot.onnx"), tinyClassifier({ features: 24, classes: 6 }).bytes);
  writeFileSync(
    files.at("hot.yaml"),
    "listen: { port: 0 }\nmodels: [{ name: hot, file: hot.onnx, batching: { threads: 1 } }]\n",
  );
  const told: string[] = [];
  const log = createLog("error", { write: (line) => void told.push(line) });
  const hot = await openGateway(await readConfig(files.at("hot.yaml"), {}), { clock, log, watchMs: 20 });
  const answer = async (): Promise<string> => {
    const init = { method: "POST", body: JSON.stringify(files.question(1)) };
    return await (await fetch(`${hot.address}/v2/models/hot/infer`, init)).text();
  };
  const first = await answer();
  writeFileSync(files.at("hot.onnx"), tinyClassifier({ features: 24, classes: 6, seed: 77 }).bytes);
  await vi.waitFor(async () => expect(await answer()).not.toBe(first), { timeout: 10_000 });
  const second = await answer();
  writeFileSync(files.at("hot.onnx"), "no model");
  await vi.waitFor(() => expect(told.join("")).toContain("still served"), { timeout: 10_000 });
  expect(await answer()).toBe(second);
  await hot.close();
});

it("outputs that a policy or a perturbation would let pass are refused, in a check too", async () => {
  const dims = ["N", 4];
  const model = (link: string, ...more: string[]): Uint8Array =>
    buildModel({
      inputs: [{ name: "x", type: "float32", dims }],
      outputs: [
        { name: "p", type: "float32", dims: ["N", 3] },
        ...more.map((name) => ({ name, type: "float32" as const, dims: ["N"] })),
      ],
      nodes: [
        { op: "Relu", inputs: ["x"], outputs: ["h"] },
        { op: "MatMul", inputs: ["h", "w"], outputs: ["z"] },
        { op: link, inputs: ["z"], outputs: ["p"] },
        ...more.map((name) => ({
          op: "ReduceMax",
          inputs: ["z"],
          outputs: [name],
          attributes: { axes: [1], keepdims: 0 },
        })),
      ],
      initializers: {
        w: { type: "float32", dims: [4, 3], data: Float32Array.from({ length: 12 }, (_, i) => i % 5) },
      },
    });
  writeFileSync(files.at("two.onnx"), model("Softmax", "surest"));
  writeFileSync(files.at("several.onnx"), model("Sigmoid"));
  const refused = async (settings: string): Promise<readonly Checked[]> => {
    writeFileSync(
      files.at("two.yaml"),
      `listen: { port: 0 }\nmodels: [{ name: two, ${settings} }]\nops: { logs: { level: silent } }\n`,
    );
    const config = await readConfig(files.at("two.yaml"), {});
    const checks = (await checkConfig(config, clock)).filter(({ ok }) => !ok);
    const opened = await openGateway(config, { clock, log: createLog("silent") }).then(
      (served) => served.close(),
      (error: unknown) => error,
    );
    expect(opened instanceof Error).toBe(checks.length > 0);
    return checks;
  };
  const perturbed = "perturbation: { kind: keyed-noise, secret: gateway.key }";
  expect(await refused("file: two.onnx, outputs: labels")).toMatchObject([
    { code: "MODEL_UNSUITED", told: expect.stringContaining('output "surest" of two') as string },
  ]);
  expect(await refused(`file: several.onnx, ${perturbed}`)).toMatchObject([{ code: "MODEL_UNSUITED" }]);
  expect(await refused("file: two.onnx")).toEqual([]);
  // The other output is not served where one is perturbed.
  expect(await refused(`file: two.onnx, outputs: "round:2", ${perturbed}`)).toEqual([]);
});
