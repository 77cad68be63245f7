import type { BenchOptions } from "../bench.js";
import { type Row, row } from "../row.js";
import { median } from "../speed/median.js";
import { askClosed, type Client, openClient, type Reply } from "./client.js";
import type { ProtectedModel } from "./protected-model.js";
import { type Server, startGateway } from "./server.js";

/** Share of the peak at which the load is held. */
const SHARE = 0.8;
const CLIENTS = 64;

/** How long everything takes. */
interface Size {
  /** Requests by which the peak is found. */
  readonly peak: number;
  readonly seconds: number;
}
const FULL: Size = { peak: 3000, seconds: 600 };
const QUICK: Size = { peak: 100, seconds: 5 };

/** Held at a share of its peak the gateway answers everybody, and its memory stays what it was. */
export async function loadRows(
  bench: string,
  { flags, headers, bodies }: ProtectedModel,
  { quick, say }: BenchOptions,
): Promise<Row[]> {
  const size = quick ? QUICK : FULL;
  const body = (i: number): Buffer => bodies[i % bodies.length] ?? Buffer.of();
  const server = await startGateway(...flags);
  const clients = Array.from({ length: CLIENTS }, () =>
    openClient(`${server.address}/v1/models/model/predict`, headers),
  );
  try {
    say("load: looking for the peak");
    await askClosed(clients, size.peak / 4, body);
    const { perSecond: peak } = await askClosed(clients, size.peak, body);
    say(`load: ${size.seconds} s at ${SHARE} of ${peak.toFixed(1)} requests per second`);
    const held = await hold(server, clients, { perSecond: SHARE * peak, seconds: size.seconds, body });
    const common = { bench, case: `load at ${SHARE} of the peak` };
    return [
      row({ ...common, metric: "peak", value: peak, unit: "1/s" }),
      row({ ...common, metric: "requests that failed", value: held.failed, goal: "== 0" }),
      row({ ...common, metric: "p99", value: quantile(held.milliseconds, 0.99), unit: "ms" }),
      row({
        ...common,
        metric: `memory of the last fifth of ${size.seconds} s against the second`,
        value: memoryOf(held.memory, 4) / 2 ** 20,
        baseline: memoryOf(held.memory, 1) / 2 ** 20,
        unit: "MiB",
        goal: "<= 1.1",
        goalOn: "ratio",
      }),
    ];
  } finally {
    for (const client of clients) client.close();
    await server.stop();
  }
}

interface Held {
  readonly milliseconds: readonly number[];
  readonly failed: number;
  /** Bytes, once a second. */
  readonly memory: readonly number[];
}

/** Requests leave by the clock, whatever became of those before; a client that still waits sends its next one late. */
async function hold(
  server: Server,
  clients: readonly Client[],
  load: { readonly perSecond: number; readonly seconds: number; readonly body: (i: number) => Buffer },
): Promise<Held> {
  const began = performance.now();
  const milliseconds: number[] = [];
  const memory: number[] = [];
  let failed = 0;
  const timer = setInterval(() => memory.push(server.memory() ?? 0), 1000);
  const total = Math.floor(load.perSecond * load.seconds);
  let next = 0;
  await Promise.all(
    clients.map(async (client) => {
      for (let i = next++; i < total; i = next++) {
        const due = began + (i * 1000) / load.perSecond;
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
        const reply = await client.post(load.body(i)).catch((): Reply => ({ status: 0, milliseconds: 0 }));
        if (reply.status === 200) milliseconds.push(performance.now() - due);
        else failed++;
      }
    }),
  );
  clearInterval(timer);
  return { milliseconds, failed, memory };
}

/** Median over a fifth of the time. */
function memoryOf(samples: readonly number[], fifth: number): number {
  const length = samples.length / 5;
  return median(samples.slice(Math.floor(fifth * length), Math.max(1, Math.ceil((fifth + 1) * length))));
}

function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0;
}
