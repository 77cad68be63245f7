import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { importGatewayKey } from "@indicia/core/gateway-keys";
import { readRegistration } from "@indicia/core/registration-folder";
import { openFeatures } from "@indicia/core/marks/readout/features";
import { fingerprint } from "@indicia/data/fingerprint";
import { readNpz } from "@indicia/data/npz";
import { addCustomers } from "@indicia/evidence/customers-file";
import { signBatch } from "@indicia/evidence/query-batch";
import type { QueryLog } from "@indicia/evidence/query-log";
import { readQueryLogFolder } from "@indicia/evidence/query-log-read-file";
import { queryLogKey } from "@indicia/evidence/query-seal-file";
import { publicKey } from "@indicia/evidence/sign";
import { sliceRows, type Tensor, toFloat64 } from "@indicia/onnx/tensor";
import { openSession, type Session } from "@indicia/runtime/session";
import { thrownCode } from "@indicia/testkit/thrown-code";
import { tinyInputs } from "@indicia/testkit/tiny-classifier";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createApp } from "./app.js";
import { type Marking, openMarking } from "./marking.js";
import type { OutputPolicy } from "./defences/output-policy.js";
import { listen } from "@indicia/service/listen";
import type { ScoreTaps } from "./serving/open-model.js";
import { openRemoteReader } from "./serving/remote-model.js";
import { markedFolder } from "./test-support/marked-folder.js";
import { singleModel } from "./test-support/single-model.js";

const OWNER = Uint8Array.from({ length: 32 }, (_, i) => i + 1);
const SIGNING = new Uint8Array(32).fill(9);
const ROWS = 3;
const made = await markedFolder({ alice: Buffer.from(publicKey(SIGNING)).toString("hex") });
const { at, tiny, commitment } = made;
const rows = tinyInputs(tiny, ROWS, 4);
let session: Session;

beforeAll(async () => {
  session = await openSession(at("model.onnx"));
});
afterAll(async () => {
  await session.close();
  made.remove();
});

let marking: Marking;
const open = (more: object = {}): Promise<Marking> =>
  openMarking({
    reader: (taps) => openFeatures(at("model.onnx"), taps),
    registration: at("registration"),
    gatewayKey: at("gateway.key"),
    customers: at("customers.jsonl"),
    logged: at("log"),
    clock: () => new Date(0),
    ...more,
  });
beforeEach(async () => {
  rmSync(at("log"), { recursive: true, force: true });
  marking = await open();
});
afterEach(() => marking.close());

function posted(body: unknown, customer?: string): RequestInit {
  const headers: Record<string, string> = customer === undefined ? {} : { "x-indicia-customer": customer };
  return { method: "POST", body: JSON.stringify(body), headers };
}
const asking = (tensors: Readonly<Record<string, Tensor>>): object => ({
  inputs: Object.entries(tensors).map(([name, tensor]) => ({
    name,
    shape: tensor.dims,
    datatype: "FP32",
    data: [...toFloat64(tensor)],
  })),
});
async function send(
  page: string,
  init: RequestInit,
  policy: OutputPolicy = { kind: "full" },
  mark: Marking | null = marking,
): Promise<{ status: number; body: { outputs?: { name: string; data: number[] }[]; error?: string } }> {
  const app = createApp(singleModel({ session, name: "m", policy, marking: mark }));
  const response = await app.request(page, init);
  return { status: response.status, body: (await response.json()) as never };
}
const infer = (customer?: string, policy?: OutputPolicy, mark?: Marking | null): ReturnType<typeof send> =>
  send("/v2/models/m/infer", posted(asking(rows), customer), policy, mark);
const log = (): Promise<QueryLog> => readQueryLogFolder(at("log"));
const logText = (): string => readFileSync(at("log/queries-000001.jsonl"), "utf8");

describe("a marking gateway", () => {
  it("answers each customer in his own way, the same each time, and close to the model", async () => {
    const [plain, alice, again, bob] = await Promise.all([
      infer(undefined, { kind: "full" }, null),
      infer("alice"),
      infer("alice"),
      infer("bob"),
    ]);
    const data = [plain, alice, again, bob].map(({ body }) => body.outputs?.[0]?.data ?? []);
    expect(data[1]).toEqual(data[2]);
    expect(data[1]).not.toEqual(data[3]);
    for (const each of data) {
      expect(each).toHaveLength(ROWS * 6);
      for (let row = 0; row < ROWS; row++)
        expect(each.slice(6 * row, 6 * row + 6).reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 5);
    }
    expect(data[1]?.every((p, i) => Math.abs(p - (data[0]?.[i] ?? 0)) < 0.2)).toBe(true);
  });

  it("answers nobody whom the register does not have", async () => {
    for (const customer of [undefined, "mallory", "alice, bob"]) {
      const { status, body } = await infer(customer);
      expect([status, body.error]).toEqual([403, expect.any(String)]);
    }
  });

  it("has every answer on disk as it was sent, with inputs that can be asked again", async () => {
    const { body } = await infer("alice", { kind: "round", decimals: 2 });
    const { answers, inputs } = await log();
    const hashes = Array.from({ length: ROWS }, (_, row) =>
      fingerprint({
        [tiny.input.name]: sliceRows(
          rows[tiny.input.name] ?? { type: "float32", dims: [0], data: [] },
          row,
          row + 1,
        ),
      }),
    );
    expect(answers.map(({ query, customer }) => [query, customer])).toEqual(
      hashes.map((query) => [query, "alice"]),
    );
    for (const [query, bytes] of inputs) expect(fingerprint(readNpz(bytes))).toBe(query);
    const sent = body.outputs?.[0]?.data ?? [];
    expect(logText()).toContain(`"answer":{"values":${JSON.stringify(sent.slice(0, 6))}}`);
  });

  it("logs labels where it shows labels", async () => {
    const { body } = await infer("bob", { kind: "labels" });
    const [label] = body.outputs?.[0]?.data ?? [];
    expect(logText()).toContain(`"answer":{"label":${label}}`);
  });

  it("records a batch that its customer signed, and no other", async () => {
    const queries = ["11".repeat(32), "22".repeat(32)];
    const batch = (seed: Uint8Array): object => ({
      queries,
      signature: signBatch(seed, { registration: commitment, customer: "alice", queries }),
    });
    const post = (body: unknown, customer: string): ReturnType<typeof send> =>
      send("/v2/indicia/batches", posted(body, customer));
    expect((await post(batch(SIGNING), "alice")).status).toBe(200);
    expect((await post(batch(OWNER), "alice")).status).toBe(400);
    expect((await post(batch(SIGNING), "bob")).status).toBe(400);
    expect((await post({ queries }, "alice")).status).toBe(400);
    expect(
      (await send("/v2/indicia/batches", posted(batch(SIGNING), "alice"), { kind: "full" }, null)).status,
    ).toBe(404);
    expect((await log()).batches).toMatchObject([{ customer: "alice", queries }]);
  });

  it("goes on with its log", async () => {
    await infer("alice");
    await marking.close();
    marking = await open();
    const first = await infer("alice");
    expect((await log()).answers).toHaveLength(2 * ROWS);
    expect((await log()).inputs.size).toBe(ROWS);
    expect(first.status).toBe(200);
  });

  it("seals its log under the gateway's key where it is told to, and goes on with it", async () => {
    await marking.close();
    const logging = { sealing: "gateway-key" } as const;
    marking = await open({ logged: at("log/sealed"), logging });
    await infer("alice");
    await marking.close();
    marking = await open({ logged: at("log/sealed"), logging });
    await infer("alice");
    expect(await thrownCode(() => readQueryLogFolder(at("log/sealed")))).toBe("QUERY_LOG_SEALED");
    const seed = importGatewayKey(
      await readRegistration(at("registration")),
      readFileSync(at("gateway.key")),
    ).seed;
    const keys = { subKey: queryLogKey(seed), unwrap: null };
    expect((await readQueryLogFolder(at("log/sealed"), keys)).answers).toHaveLength(2 * ROWS);
  });

  it("stands in front of an endpoint too, whose features it cannot see", async () => {
    const endpoint = await listen(
      createApp(singleModel({ session, name: "inner", policy: { kind: "full" } })),
      {
        port: 0,
        host: "127.0.0.1",
      },
    );
    const proxied = await open({
      logged: at("proxy-log"),
      strength: 0,
      reader: (scores: ScoreTaps) =>
        openRemoteReader({
          url: new URL(endpoint.address),
          protocol: "oip",
          model: "inner",
          config: null,
          headers: {},
          allowPrivate: true,
          scores,
        }),
    });
    try {
      const plain = await infer(undefined, { kind: "full" }, null);
      const [alice, again, bob] = await Promise.all(
        ["alice", "alice", "bob"].map((customer) => infer(customer, { kind: "full" }, proxied)),
      );
      const [p, a, b] = [plain, alice, bob].map((each) => each?.body.outputs?.[0]?.data ?? []);
      expect(a).toEqual(again?.body.outputs?.[0]?.data);
      expect(a).not.toEqual(b);
      expect(a).toHaveLength(ROWS * 6);
      // Twice the tilt of 0.05 in log-odds is at most a fortieth of a probability.
      for (let row = 0; row < ROWS; row++)
        for (let c = 0; c < 6; c++)
          expect(Math.abs((a?.[6 * row + c] ?? 0) - (p?.[6 * row + c] ?? 0))).toBeLessThan(0.026);
      expect(readFileSync(at("proxy-log/queries-000001.jsonl"), "utf8")).toContain('"customer":"alice"');
    } finally {
      await proxied.close();
      await endpoint.close();
    }
  });

  it("is not opened with a key or a register of another registration", async () => {
    writeFileSync(
      at("foreign.key"),
      readFileSync(at("gateway.key"), "utf8").replace(commitment, "00".repeat(32)),
    );
    expect(await thrownCode(() => open({ gatewayKey: at("foreign.key"), logged: null }))).toBe("WRONG_KEY");
    await addCustomers(at("foreign.jsonl"), {
      registration: "00".repeat(32),
      entries: [],
      clock: () => new Date(0),
    });
    expect(await thrownCode(() => open({ customers: at("foreign.jsonl"), logged: null }))).toBe(
      "WRONG_REGISTRATION",
    );
  });
});

describe("what a strength changes", () => {
  it("is measured on the registered rows, or on those that are given", async () => {
    const share = (told: string | null): number => Number(/changes ([\d.]+) % of/.exec(told ?? "")?.[1]);
    expect(share(await marking.measure())).toBeLessThan(5);
    await marking.close();
    marking = await open({ strength: 50 });
    const told = await marking.measure();
    expect(share(told)).toBeGreaterThan(5);
    expect(told).toMatch(/WARNING: that is above the label budget of 0.50 %/);
    const given = await marking.measure(async () => ({ rows: ROWS, tensors: rows }));
    expect(given).toContain(`of ${ROWS} labels`);
    await marking.close();
    marking = await open({ strength: 0 });
    expect(await marking.measure()).toBeNull();
  });
});
