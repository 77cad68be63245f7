import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { tinyClassifier } from "@indicia/testkit/tiny-classifier";
import { addModel } from "@indicia/vault/add-model";
import { type AuditLine, readAudit } from "@indicia/vault/audit";
import { depositCopy, withdrawCopy } from "@indicia/vault/deposit";
import type { HandOut } from "@indicia/vault/hand-outs";
import { readIndex } from "@indicia/vault/vault-index";
import { Decrypter, generateX25519Identity, identityToRecipient } from "age-encryption";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { addKey } from "../access/key-file.js";
import { createLog } from "../ops/log.js";
import { checkConfig } from "./check.js";
import { type Gateway, openGateway } from "./open-gateway.js";
import { readConfig } from "./read-config.js";

const VAULT = "vault: { folder: vault, secret: { file: owner.txt } }";
const CONFIG = `listen: { port: 0 }
models:
  - { name: served, vault: stored, batching: { threads: 1 } }
  - { name: plain, file: m.onnx, batching: { threads: 1 } }
access: { keys: keys.jsonl }
limits: { rules: [{ per: account, model: "*", count: requests, most: 8, window: 1h }] }
ops: { metrics: { port: 0 } }
`;
const tiny = tinyClassifier({ features: 4, classes: 3 });
const [owner, ada, bob] = [
  await generateX25519Identity(),
  await generateX25519Identity(),
  await generateX25519Identity(),
];
const unlock = { kind: "identities", identities: [owner] } as const;
/** Long enough that no socket swallows it whole. */
const LONG = 24 * 2 ** 20;
let now = new Date("2026-11-26T12:00:00Z");
const clock = (): Date => now;
const clocked = { clock, random: (bytes: number) => randomBytes(bytes) };

let folder: string;
let gateway: Gateway;
let lines: Record<string, unknown>[];
const keys = new Map<string, string>();
const at = (name: string): string => path.join(folder, name);

async function deposit(
  customer: string,
  identity: string,
  { expires = null, bytes = 1000 }: { readonly expires?: string | null; readonly bytes?: number } = {},
): Promise<HandOut> {
  const copy = Buffer.alloc(bytes, `a copy for ${customer} `);
  const write = async (_: string, to: string): Promise<{ sha256: string; external: string[] }> => {
    writeFileSync(to, copy);
    writeFileSync(`${to}.sig`, "signed");
    const sha256 = createHash("sha256").update(copy).digest("hex");
    return { sha256, external: [`${path.basename(to)}.sig`] };
  };
  const encryptTo = await identityToRecipient(identity);
  const mark = { payload: customer, write };
  return await depositCopy(at("vault"), {
    name: "stored",
    unlock,
    customer,
    encryptTo,
    expires,
    mark,
    clock,
    by: "owner",
  });
}

async function open(config: string): Promise<Gateway> {
  writeFileSync(at("gateway.yaml"), config);
  const log = createLog("info", { write: (line) => void lines.push(JSON.parse(line) as (typeof lines)[0]) });
  return await openGateway(await readConfig(at("gateway.yaml"), {}), { clock, log });
}

beforeEach(async () => {
  now = new Date("2026-11-26T12:00:00Z");
  lines = [];
  folder = mkdtempSync(path.join(tmpdir(), "indicia-downloads-"));
  writeFileSync(at("owner.txt"), `${owner}\n`, { mode: 0o600 });
  writeFileSync(at("m.onnx"), tiny.bytes);
  const lock = { kind: "recipients" as const, recipients: [await identityToRecipient(owner)] };
  await addModel(at("vault"), {
    name: "stored",
    model: at("m.onnx"),
    lock,
    signing: null,
    clock,
    by: "owner",
  });
  for (const [account, customer, scope] of [
    ["ada", "ada", "*:download"],
    ["bob", "bob", "served:download"],
    ["carl", "carl", "*:download"],
    ["dora", "ada", "*:*"],
    ["eve", "ada", "other:download"],
    ["finn", null, "*:download"],
  ] as const) {
    const record = { account, organisation: null, customer, scopes: [scope], expires: null };
    keys.set(account, (await addKey(at("keys.jsonl"), record, clocked)).token);
  }
  gateway = await open(CONFIG + VAULT);
});
afterEach(async () => {
  await gateway.close();
  rmSync(folder, { recursive: true });
});

const fetchAs = (
  account: string | null,
  {
    model = "served",
    query = "",
    method = "GET",
    headers = {},
  }: { model?: string; query?: string; method?: string; headers?: Record<string, string> } = {},
): Promise<Response> =>
  fetch(`${gateway.address}/v1/models/${model}/download${query}`, {
    method,
    headers: { ...(account === null ? {} : { "x-api-key": keys.get(account) ?? "" }), ...headers },
  });
const bytesOf = async (response: Response): Promise<Buffer> => Buffer.from(await response.arrayBuffer());
const refusal = async (response: Response): Promise<unknown[]> => [response.status, await response.json()];
async function opened(bytes: Uint8Array, identity: string): Promise<string> {
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  return Buffer.from(await decrypter.decrypt(bytes)).toString();
}
/** What a gateway wrote in the log of the vault, once there are so many lines of it. */
async function noted(count: number): Promise<AuditLine[]> {
  return await vi.waitFor(
    async () => {
      const all = await readAudit(at("vault"), await readIndex(at("vault")));
      const found = all.filter(({ type, entry }) => entry["by"] === "gateway" && type !== "opened");
      expect(found.length).toBeGreaterThanOrEqual(count);
      return found;
    },
    { timeout: 4000 },
  );
}
const NOTHING = [404, { error: "there is nothing here", code: "NOT_FOUND" }];

describe("a copy of a model at the gateway", () => {
  it("is sent to the customer for whom it lies there, and to nobody else", async () => {
    const { ada: hers, bob: his } = { ada: await deposit("ada", ada), bob: await deposit("bob", bob) };
    for (const [account, identity, handOut] of [
      ["ada", ada, hers],
      ["bob", bob, his],
    ] as const) {
      const response = await fetchAs(account);
      expect(response.status).toBe(200);
      const { sha256, bytes } = handOut.files[0] ?? { sha256: "", bytes: 0 };
      expect(Object.fromEntries(response.headers)).toMatchObject({
        etag: `"${sha256}"`,
        "content-length": String(bytes),
        "content-disposition": 'attachment; filename="m.onnx.age"',
        "cache-control": "no-store",
        link: '</v1/models/served/download?file=m.onnx.sig>; rel="related"',
      });
      const sent = await bytesOf(response);
      expect(createHash("sha256").update(sent).digest("hex")).toBe(sha256);
      expect(await opened(sent, identity)).toContain(`a copy for ${account} `);
      await expect(opened(sent, account === "ada" ? bob : ada)).rejects.toThrow("no identity matched");
    }
    const signature = await bytesOf(await fetchAs("ada", { query: "?file=m.onnx.sig" }));
    expect(await opened(signature, ada)).toBe("signed");
    expect((await noted(3)).map(({ type, entry }) => [type, entry["recipient"], entry["file"]])).toEqual([
      ["download", "ada", "m.onnx"],
      ["download", "bob", "m.onnx"],
      ["download", "ada", "m.onnx.sig"],
    ]);
    const told = lines.find(({ msg }) => msg === "a copy is handed out");
    expect(told).toMatchObject({ account: "ada", customer: "ada", copy: hers.copy });
    const figures = await (await fetch(`${gateway.ops}/metrics`)).text();
    expect(figures).toContain(
      'indicia_requests_total{model="served",route="/v1/models/:name/download",status="200"} 3\n',
    );
  });

  it("is told of without being sent, and not sent to who says that he has it", async () => {
    const { files } = await deposit("ada", ada);
    const head = await fetchAs("ada", { method: "HEAD" });
    expect([head.status, head.headers.get("content-length")]).toEqual([200, String(files[0]?.bytes)]);
    const etag = head.headers.get("etag") ?? "";
    expect((await fetchAs("ada", { headers: { "if-none-match": `"x", ${etag}` } })).status).toBe(304);
    expect((await fetchAs("ada", { headers: { "if-none-match": '"x"' } })).status).toBe(200);
    expect((await noted(1)).map(({ type }) => type)).toEqual(["download"]);
  });

  it("takes a scope that nothing else implies, and what is missing cannot be told apart", async () => {
    await deposit("ada", ada);
    expect((await fetchAs(null)).status).toBe(401);
    for (const account of ["dora", "eve"])
      for (const model of ["served", "nowhere"]) {
        const response = await fetchAs(account, { model });
        expect(await refusal(response)).toMatchObject([403, { code: "FORBIDDEN" }]);
      }
    const nothing = [
      await fetchAs("carl"),
      await fetchAs("finn"),
      await fetchAs("ada", { model: "plain" }),
      await fetchAs("ada", { model: "nowhere" }),
      await fetchAs("ada", { query: "?file=../vault.json" }),
    ];
    for (const response of nothing) expect(await refusal(response)).toEqual(NOTHING);
    const refused = await noted(8);
    renameSync(at("vault"), at("elsewhere"));
    expect(await refusal(await fetchAs("ada"))).toEqual(NOTHING);
    renameSync(at("elsewhere"), at("vault"));
    // Who has shown no account is in the gateway's own log alone; names that are no model's are not repeated.
    const entries = refused.map(({ type, entry: { account, name } }) => [type, account, name].join(" "));
    expect(new Set(entries)).toEqual(
      new Set([
        "refused ada ",
        "refused ada stored",
        "refused carl stored",
        "refused dora ",
        "refused dora stored",
        "refused eve ",
        "refused eve stored",
        "refused finn stored",
      ]),
    );
  });

  it("is not there where there is no vault, or nobody has scopes", async () => {
    await deposit("ada", ada);
    for (const config of [
      CONFIG.replace("- { name: served, vault: stored, batching: { threads: 1 } }\n  ", ""),
      CONFIG.replace("access: { keys: keys.jsonl }", "access: open") + VAULT,
    ]) {
      await gateway.close();
      gateway = await open(config);
      expect(await refusal(await fetchAs("ada"))).toEqual(NOTHING);
    }
  });

  it("is gone once its time has passed, or it was taken back", async () => {
    await deposit("ada", ada, { expires: "2026-12-01T00:00:00.000Z" });
    expect((await fetchAs("ada")).status).toBe(200);
    now = new Date("2026-12-01T00:00:00Z");
    expect(await refusal(await fetchAs("ada"))).toMatchObject([410, { code: "HANDOUT_EXPIRED" }]);
    await withdrawCopy(at("vault"), { name: "stored", customer: "ada", clock, by: "owner" });
    expect(await refusal(await fetchAs("ada"))).toEqual(NOTHING);
    const codes = (await noted(3)).map(({ type, entry }) => entry["code"] ?? type);
    expect(new Set(codes)).toEqual(new Set(["download", "HANDOUT_EXPIRED", "NOT_FOUND"]));
  });

  it("is not sent where it is not what was deposited", async () => {
    const { files } = await deposit("ada", ada);
    const object = path.join(at("vault"), "objects", files[0]?.object ?? "");
    const whole = readFileSync(object);
    whole[whole.length - 1] = (whole.at(-1) ?? 0) ^ 1;
    writeFileSync(object, whole);
    const response = await fetchAs("ada");
    expect(response.headers.get("etag")).toBeNull();
    expect(await refusal(response)).toMatchObject([500, { code: "HANDOUT_DAMAGED" }]);
    expect((await noted(1)).map(({ entry }) => entry["code"])).toEqual(["HANDOUT_DAMAGED"]);
    expect(JSON.stringify(lines.filter(({ level }) => level === "error"))).toContain("VAULT_OBJECT_CHANGED");
    const checks = await checkConfig(await readConfig(at("gateway.yaml"), {}), clock);
    expect(checks.find(({ part }) => part === "vault")).toMatchObject({ ok: false });
  });

  it("counts as a request, and what is asked again and again is one line with its number", async () => {
    await deposit("ada", ada);
    const statuses: number[] = [];
    for (let i = 0; i < 12; i++) statuses.push((await fetchAs("bob")).status);
    expect(statuses).toEqual([...Array<number>(8).fill(404), ...Array<number>(4).fill(429)]);
    await gateway.close();
    // Those of one moment may stand in any order.
    const entries = (await noted(4)).map(({ entry: { code, times } }) => [code, times].join(" "));
    expect(new Set(entries)).toEqual(
      new Set(["NOT_FOUND 1", "RATE_LIMITED 1", "NOT_FOUND 7", "RATE_LIMITED 3"]),
    );
  });

  it("that was not taken to its end is noted", async () => {
    await deposit("ada", ada, { bytes: LONG });
    await new Promise<void>((resolve, reject) => {
      const headers = { "x-api-key": keys.get("ada") ?? "" };
      const asked = request(`${gateway.address}/v1/models/served/download`, { headers }, (response) => {
        response.once("data", () => {
          asked.destroy();
          resolve();
        });
      });
      asked.once("error", reject);
      asked.end();
    });
    const told = (await noted(2)).map(({ type, entry }) => [type, entry["code"] ?? null]);
    expect(told).toEqual([
      ["download", null],
      ["failed", "BROKEN_OFF"],
    ]);
  });
});

it("a check tells what lies there, and which keys can fetch nothing", async () => {
  await deposit("ada", ada, { expires: "2026-11-27T00:00:00.000Z" });
  await deposit("bob", bob);
  now = new Date("2026-11-28T00:00:00Z");
  const checks = await checkConfig(await readConfig(at("gateway.yaml"), {}), clock);
  expect(checks.find(({ part }) => part === "vault")?.told).toBe("2 hand-outs for 2 customers, 1 expired");
  const warned = checks.filter(({ warning }) => warning).map(({ told }) => told);
  expect(warned).toEqual([expect.stringMatching(/copies of served .*of finn \(customer none\)/)]);
});
