import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createApp } from "../app.js";
import { accessDefence } from "../defences/access.js";
import { createLog } from "../ops/log.js";
import { createMetrics } from "../ops/metrics.js";
import { openTraces } from "../ops/traces.js";
import { watchRequests } from "../ops/watch.js";
import { type Listening, listen } from "@indicia/service/listen";
import type { LiveModel } from "../serving/live-model.js";
import { fixedModels } from "../serving/models.js";
import { type KeyDesk, openKeyDesk } from "./key-desk.js";
import { addKey, revokeKey } from "./key-file.js";

const context = {
  clock: () => new Date("2026-05-01T00:00:00Z"),
  random: (bytes: number) => randomBytes(bytes),
};
const MODEL: LiveModel = {
  name: "shapes",
  version: "1",
  inputs: [{ name: "x", type: "float32", dims: [null, 1] }],
  outputs: [{ name: "y", type: "float32", dims: [null, 1] }],
  features: false,
  scores: null,
  run: async ({ x }) => ({ outputs: x === undefined ? {} : { y: x }, scores: null }),
  close: async () => undefined,
};

let folder: string;
let desk: KeyDesk;
let serving: Listening;
const tokens = new Map<string, string>();
const token = (name: string): string => tokens.get(name) ?? "";

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "indicia-refusals-"));
  const file = path.join(folder, "keys.jsonl");
  const added = async (name: string, scope: string, expires: string | null = null): Promise<string> => {
    const account = { account: name, organisation: null, customer: null, scopes: [scope], expires };
    const { token: shown, id } = await addKey(file, account, context);
    tokens.set(name, shown);
    return id;
  };
  await added("good", "shapes:infer");
  await added("elsewhere", "other:infer");
  await added("expired", "shapes:infer", "2026-05-02T00:00:00Z");
  await revokeKey(file, await added("revoked", "shapes:infer"), context);
  tokens.set("unknown", `indicia_${"0".repeat(12)}_${"A".repeat(43)}`);
  tokens.set("wrong", token("good").slice(0, -43) + "A".repeat(43));
  tokens.set("malformed", "nonsense");
  desk = await openKeyDesk({ file, onError: () => undefined });
  const access = accessDefence({ keys: desk, jwt: null, certificates: null });
  const models = fixedModels([{ model: MODEL, defences: [access], batch: null }]);
  const watch = watchRequests({
    metrics: createMetrics(),
    log: createLog("silent"),
    traces: await openTraces(null),
    serves: (name) => models.find(name) !== null,
  });
  serving = await listen(createApp({ models, access, watch }), { host: "127.0.0.1", port: 0 });
});
afterAll(async () => {
  await serving.close();
  desk.close();
  rmSync(folder, { recursive: true });
});

/** What comes over the wire but for the request's id and the date: status line, headers in their order, body. */
async function told(key: string | null, page = "/v1/models/shapes/predict"): Promise<string> {
  const headers = key === null ? {} : { authorization: `Bearer ${key}` };
  return await new Promise((resolve, reject) => {
    const asking = request(
      `${serving.address}${page}`,
      { method: "POST", headers, agent: false },
      (response) => {
        let body = "";
        response.setEncoding("latin1").on("data", (chunk: string) => (body += chunk));
        response.once("end", () => {
          const shown = response.rawHeaders.map((text, i) =>
            /^(?:x-request-id|date)$/i.test(response.rawHeaders[i - 1] ?? "") && i % 2 === 1 ? "*" : text,
          );
          resolve(JSON.stringify([response.statusCode, response.statusMessage, shown, body]));
        });
      },
    );
    asking.once("error", reject);
    asking.end('{"rows": [[1]]}');
  });
}

it("keys that are unknown, wrong, expired, revoked, malformed or missing are refused by the same bytes", async () => {
  expect(await told(token("good"))).toMatch(/^\[200,/);
  for (const page of ["/v1/models/shapes/predict", "/v1/models/nothing/predict", "/nothing"]) {
    const answers = new Set<string>();
    for (const key of ["unknown", "wrong", "expired", "revoked", "malformed"])
      answers.add(await told(token(key), page));
    answers.add(await told(null, page));
    expect([...answers]).toEqual([expect.stringMatching(/^\[401,.*UNAUTHENTICATED/)]);
  }
});

it("a key without a scope for a model is not told whether there is one", async () => {
  const at = (name: string): string[] =>
    ["v1", "v2"].flatMap((version) =>
      ["", "/predict", "/infer", "/ready", "/batches", "/versions/1", "/nothing"].map(
        (rest) => `/${version}/models/${name}${rest}`,
      ),
    );
  for (const [i, page] of at("shapes").entries()) {
    const there = await told(token("elsewhere"), page);
    expect(there).toMatch(/^\[403,.*FORBIDDEN/);
    const absent = await told(token("elsewhere"), at("absent")[i] ?? "");
    expect(there.replaceAll("shapes", "absent")).toBe(absent);
  }
});
