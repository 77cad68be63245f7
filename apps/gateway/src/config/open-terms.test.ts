import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { thrownCode } from "@indicia/testkit/thrown-code";
import { afterAll, beforeAll, expect, it } from "vitest";
import { addKey } from "../access/key-file.js";
import { keyCommand } from "../commands/key.js";
import { createLog } from "../ops/log.js";
import { type MarkedFolder, markedFolder } from "../test-support/marked-folder.js";
import { checkConfig } from "./check.js";
import { openGateway } from "./open-gateway.js";
import { readConfig } from "./read-config.js";

const CONFIG = `
listen: { port: 0 }
models:
  - name: tiny
    file: model.onnx
    batching: { threads: 1 }
    marking: { registration: registration, gatewayKey: gateway.key, customers: customers.jsonl, logged: log }
access: { keys: keys.jsonl }
terms: { file: terms.jsonl, acceptances: a.jsonl }
log: { sealed: true }
ops: { logs: { level: silent } }
`;
const clock = (): Date => new Date();
let files: MarkedFolder;
const keys: Record<string, string> = {};
beforeAll(async () => {
  files = await markedFolder();
  const context = { clock, random: (bytes: number) => randomBytes(bytes) };
  for (const [account, customer] of [
    ["alice", "alice"],
    ["bob", "bob"],
    ["nobody", null],
    ["stranger", "stranger"],
  ] as const) {
    const request = { account, organisation: null, customer, scopes: ["tiny:infer"], expires: null };
    keys[account] = (await addKey(files.at("keys.jsonl"), request, context)).token;
  }
  writeFileSync(files.at("terms.yaml"), CONFIG);
});
afterAll(() => files.remove());

it("terms are accepted by the account's customer, before anything is answered", async () => {
  const config = await readConfig(files.at("terms.yaml"), {});
  const checks = await checkConfig(config, clock);
  expect(checks.find(({ part }) => part === "terms")).toMatchObject({
    ok: true,
    told: "version 1 is in force, accepted 0 times",
  });
  const asking = await openGateway(config, { clock, log: createLog("silent") });
  const send = async (page: string, account: string | null, body: object | null): Promise<Response> =>
    await fetch(`${asking.address}${page}`, {
      ...(body === null ? {} : { method: "POST", body: JSON.stringify(body) }),
      headers: account === null ? {} : { authorization: `Bearer ${keys[account]}` },
    });
  const { version, sha256 } = (await (await send("/terms", null, null)).json()) as Record<string, string>;
  const infer = async (account: string): Promise<unknown> => {
    const response = await send("/v2/models/tiny/infer", account, files.question(1));
    const { code = null } = (await response.json()) as { code?: string };
    return [response.status, code];
  };
  expect(await infer("alice")).toEqual([403, "TERMS_NOT_ACCEPTED"]);
  expect((await send("/terms/acceptance", null, { version, sha256 })).status).toBe(401);
  for (const account of ["nobody", "stranger"]) {
    const refused = await send("/terms/acceptance", account, { version, sha256 });
    expect([refused.status, await refused.json()]).toEqual([
      403,
      expect.objectContaining({ code: "CUSTOMER_UNKNOWN", hint: expect.any(String) as string }),
    ]);
  }
  expect(readFileSync(files.at("a.jsonl"), "utf8")).not.toContain("stranger");
  expect((await send("/terms/acceptance", "alice", { version, sha256 })).status).toBe(201);
  expect([await infer("alice"), await infer("bob")]).toEqual([
    [200, null],
    [403, "TERMS_NOT_ACCEPTED"],
  ]);
  await asking.close();
});

it("a key is added for a customer of the configuration's registers alone, where it is given", async () => {
  const add = async (...more: string[]): Promise<unknown> =>
    await keyCommand(
      ["add", "--keys", files.at("more.jsonl"), "--account", "eve", "--scope", "tiny:infer", ...more],
      { clock, environment: {} },
    );
  const config = ["--config", files.at("terms.yaml")];
  expect(await thrownCode(() => add(...config))).toBe("CUSTOMER_UNKNOWN");
  expect(await thrownCode(() => add(...config, "--customer", "eve"))).toBe("CUSTOMER_UNKNOWN");
  await add(...config, "--customer", "alice");
});
