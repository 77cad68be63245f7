import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { addKey, type KeyRequest } from "../access/key-file.js";
import type { AccountsView, LimitHitView, LogView } from "../admin/views.js";
import { createLog } from "../ops/log.js";
import { type MarkedFolder, markedFolder } from "../test-support/marked-folder.js";
import { type Gateway, openGateway } from "./open-gateway.js";
import { readConfig } from "./read-config.js";

const CONFIG = `
listen: { port: 0 }
models:
  - name: tiny
    file: model.onnx
    batching: { threads: 1 }
    marking: { registration: registration, gatewayKey: gateway.key, customers: customers.jsonl, logged: log }
access: { keys: keys.jsonl }
limits:
  rules:
    - { per: account, model: tiny, count: requests, most: 2, window: 1h }
    - { per: account, model: "*", count: bits, most: 10000, window: ever }
ops: { metrics: { port: 0 }, admin: {}, logs: { level: silent } }
`;
const clock = (): Date => new Date();
let files: MarkedFolder;
let gateway: Gateway;
let alice: string;
let admin: string;
const lines: string[] = [];
beforeAll(async () => {
  files = await markedFolder();
  const add = async (request: Pick<KeyRequest, "account" | "customer" | "scopes">): Promise<string> => {
    const context = { clock, random: (bytes: number) => randomBytes(bytes) };
    return (await addKey(files.at("keys.jsonl"), { organisation: null, expires: null, ...request }, context))
      .token;
  };
  alice = await add({ account: "alice", customer: "alice", scopes: ["tiny:infer"] });
  admin = await add({ account: "operations", customer: null, scopes: ["*:admin"] });
  writeFileSync(files.at("gateway.yaml"), CONFIG);
  const log = createLog("info", { write: (line) => void lines.push(line) });
  gateway = await openGateway(await readConfig(files.at("gateway.yaml"), {}), { clock, log });
});
afterAll(async () => {
  await gateway.close();
  files.remove();
});

it("the page of a configured gateway shows what its defences saw", async () => {
  for (const [seed, status] of [
    [1, 200],
    [2, 200],
    [3, 429],
  ] as const) {
    const response = await fetch(`${gateway.address}/v2/models/tiny/infer`, {
      method: "POST",
      headers: { authorization: `Bearer ${alice}` },
      body: JSON.stringify(files.question(seed)),
    });
    expect(response.status).toBe(status);
  }
  const entered = await fetch(`${gateway.ops}/admin/login`, {
    method: "POST",
    headers: { "sec-fetch-site": "same-origin" },
    body: new URLSearchParams({ key: admin }),
    redirect: "manual",
  });
  const cookie = entered.headers.get("set-cookie") ?? "";
  expect(cookie).toContain("Secure");
  const read = async <View>(route: string): Promise<View> => {
    const response = await fetch(`${gateway.ops}/admin/api/${route}`, {
      headers: { cookie: cookie.split(";")[0] ?? "" },
    });
    return (await response.json()) as View;
  };
  // Six classes at 24 bits each, of which one is what the others leave.
  expect((await read<AccountsView>("accounts?search=alice")).accounts).toMatchObject([
    {
      requests: 3,
      rows: 2,
      refused: 1,
      budgets: [
        { count: "requests", spent: 2, left: 0 },
        { model: "tiny", spent: 240, left: 9760 },
      ],
    },
  ]);
  expect((await read<{ hits: LimitHitView[] }>("limits")).hits).toMatchObject([{ account: "alice" }]);
  expect((await read<{ logs: LogView[] }>("logs")).logs).toMatchObject([{ name: "tiny", latest: null }]);
  expect(lines.join("")).toContain('"event":"login"');
  expect(lines.join("")).not.toMatch(/indicia_[0-9a-f]{12}_/);
});

it("is not there for clients", async () => {
  const response = await fetch(`${gateway.address}/admin`, { headers: { authorization: `Bearer ${admin}` } });
  expect(response.status).toBe(404);
});
