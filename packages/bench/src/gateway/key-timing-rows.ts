import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { buildModel } from "@indicia/onnx/build";
import type { BenchOptions } from "../bench.js";
import { measure } from "../process.js";
import { type Row, row } from "../row.js";
import { median } from "../speed/median.js";
import { type Client, openClient } from "./client.js";
import { GATEWAY, startGateway } from "./server.js";

/** A key is made to expire soon after: long enough for a slow machine to make it. */
const EXPIRES_MS = 10_000;
/** Requests with each kind of key; their medians then vary by about a hundredth on a quiet machine. */
const REQUESTS = 2000;
const QUICK_REQUESTS = 200;
/** Requests with each before anything is measured: servers compile what they run often. */
const WARMUP = 100;
/** By how much medians may differ from that of an unknown key: less than what one request differs from the next. */
const TOLERANCE = 0.05;

/** The key that everything is compared with: nobody has one of its name. */
const UNKNOWN = "unknown";

/**
 * How long it takes to be refused with keys that are wrong in different ways: one client asks with each in turn, so that what
 * else the machine does meets all alike.
 */
export async function keyTimingRows(
  bench: string,
  folder: string,
  { quick, say }: BenchOptions,
): Promise<Row[]> {
  const tokens = await prepared(folder);
  const server = await startGateway("--config", path.join(folder, "gateway.yaml"));
  const kinds = [...tokens].map(([name, token]) => ({
    name,
    client: openClient(`${server.address}/v1/models/tiny/predict`, { authorization: `Bearer ${token}` }),
    milliseconds: [] as number[],
  }));
  try {
    say("refusals of keys");
    let sent = 0;
    for (const { client } of kinds) for (let i = 0; i < WARMUP; i++) await refused(client, sent++);
    for (let i = 0; i < (quick ? QUICK_REQUESTS : REQUESTS); i++)
      for (let turn = 0; turn < kinds.length; turn++) {
        const kind = kinds[(i + turn) % kinds.length];
        if (kind !== undefined) kind.milliseconds.push(await refused(kind.client, sent++));
      }
  } finally {
    for (const { client } of kinds) client.close();
    await server.stop();
  }
  const baseline = median(kinds.find(({ name }) => name === UNKNOWN)?.milliseconds ?? []);
  const others = kinds.filter(({ name }) => name !== UNKNOWN);
  const apart = others.map(({ milliseconds }) => Math.abs(median(milliseconds) / baseline - 1));
  const common = { bench, case: "refusals of keys" };
  return [
    ...others.map(({ name, milliseconds }) =>
      row({
        ...common,
        metric: `p50, ${name} key against an unknown one`,
        unit: "ms",
        value: median(milliseconds),
        baseline,
      }),
    ),
    row({
      ...common,
      metric: "largest difference of medians from that of an unknown key",
      value: Math.max(...apart),
      rounds: apart,
      goal: `<= ${TOLERANCE}`,
    }),
  ];
}

async function refused(client: Client, number: number): Promise<number> {
  // Whoever shows too many wrong keys from one address is answered 429, so each request seems to come from another.
  const address = `198.18.${(number >> 8) & 255}.${number & 255}`;
  const { status, milliseconds } = await client.post(BODY, { "x-forwarded-for": address });
  if (status !== 401) throw new RangeError(`a request without a good key was answered ${status}`);
  return milliseconds;
}

const BODY: Buffer = Buffer.from('{"rows": [[1]]}');

/** A model behind keys. @returns tokens that open nothing, by what is wrong with them */
async function prepared(folder: string): Promise<ReadonlyMap<string, string>> {
  await mkdir(folder, { recursive: true });
  const dims = ["N", 1];
  const model = buildModel({
    inputs: [{ name: "x", type: "float32", dims }],
    outputs: [{ name: "y", type: "float32", dims }],
    nodes: [{ op: "Relu", inputs: ["x"], outputs: ["y"] }],
    initializers: {},
  });
  await writeFile(path.join(folder, "tiny.onnx"), model);
  const keys = path.join(folder, "keys.jsonl");
  const key = async (
    ...args: readonly string[]
  ): Promise<{ readonly id: string; readonly token: string }> => {
    const line = [GATEWAY, "key", ...args, "--keys", keys, "--json"];
    const { stdout } = await measure(process.execPath, line, { codes: [0] });
    return JSON.parse(stdout) as { id: string; token: string };
  };
  const added = (...more: readonly string[]): ReturnType<typeof key> =>
    key("add", "--account", "ada", "--scope", "tiny:infer", ...more);
  const good = await added();
  const until = Date.now() + EXPIRES_MS;
  const expired = await added("--expires", new Date(until).toISOString());
  const revoked = await added();
  await key("revoke", revoked.id);
  await sleep(Math.max(0, until - Date.now()));
  await writeFile(
    path.join(folder, "gateway.yaml"),
    JSON.stringify({
      listen: { port: 0, trustedProxies: ["127.0.0.0/8"] },
      models: [{ name: "tiny", file: "tiny.onnx" }],
      access: { keys: "keys.jsonl" },
      ops: { logs: { level: "silent" } },
    }),
  );
  return new Map([
    [UNKNOWN, `indicia_${"0".repeat(12)}_${"A".repeat(43)}`],
    ["wrong", good.token.slice(0, -43) + "A".repeat(43)],
    ["expired", expired.token],
    ["revoked", revoked.token],
    ["malformed", `indicia_${"0".repeat(11)}!_${"A".repeat(43)}`],
  ]);
}
