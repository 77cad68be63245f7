import type { BenchOptions } from "../bench.js";
import { BenchError } from "../error.js";
import { measure } from "../process.js";
import { rootPath } from "../root.js";
import { type Row, row } from "../row.js";
import { startVerifier, type Verifier } from "./service.js";

const LOAD: string = rootPath("packages", "bench", "dist", "verifier", "load-main.js");
const CONNECTIONS = 16;
/** What the service is to bear. */
const PER_SECOND = 2000;
const SUSPECTS = 200;
/** Between two changes that are made meanwhile. */
const CHANGE_MS = 50;

/** What autocannon reports, as far as it is used; latencies in milliseconds. */
interface Fired {
  readonly "2xx": number;
  readonly non2xx: number;
  readonly errors: number;
  readonly timeouts: number;
  readonly requests: { readonly average: number };
  readonly latency: { readonly p99: number };
}

/** How fast the API is read on the embedded database, while others write to it. */
export async function readRows(bench: string, { quick, say }: BenchOptions): Promise<Row[]> {
  const verifier = await startVerifier();
  const writing = new AbortController();
  try {
    const id = await fill(verifier);
    const written = keepWriting(verifier, id, writing.signal);
    const rows: Row[] = [];
    const seconds = quick ? 3 : 20;
    for (const [name, at] of [
      ["one suspect", `/suspects/${id}`],
      ["50 suspects", "/suspects?limit=50"],
      ["the overview", "/overview"],
    ] as const) {
      say(`reads: ${name}`);
      const most = await fire(verifier, at, seconds, null);
      const held = await fire(verifier, at, seconds, PER_SECOND);
      const common = { bench, case: `reads of ${name} while rows are written` };
      const failed = [most, held].reduce((sum, each) => sum + each.non2xx + each.errors + each.timeouts, 0);
      rows.push(
        row({
          ...common,
          metric: "most",
          value: most.requests.average,
          unit: "1/s",
          goal: `>= ${PER_SECOND}`,
        }),
        row({
          ...common,
          metric: `p99 at ${PER_SECOND}/s`,
          value: held.latency.p99,
          unit: "ms",
          goal: "<= 50",
        }),
        row({ ...common, metric: "requests that failed", value: failed, goal: "== 0" }),
      );
    }
    writing.abort();
    rows.push(row({ bench, case: "writes meanwhile", metric: "changes made", value: await written }));
    return rows;
  } finally {
    writing.abort();
    await verifier.stop();
  }
}

async function fill(verifier: Verifier): Promise<string> {
  let id = "";
  for (let n = 0; n < SUSPECTS; n++) {
    const target = { kind: "endpoint", protocol: "oip", url: "http://127.0.0.1:9/v2/models/m", model: null };
    const json = {
      name: `suspect ${n}`,
      target: { ...target, options: {}, headers: {}, allowPrivate: true },
    };
    const answer = await send(verifier, "POST", "/suspects", json);
    id = ((await answer.json()) as { readonly id: string }).id;
  }
  return id;
}

async function keepWriting(verifier: Verifier, id: string, signal: AbortSignal): Promise<number> {
  let count = 0;
  while (!signal.aborted) {
    await send(verifier, "PATCH", `/suspects/${id}`, { notes: `change ${count++}` });
    await new Promise((resolve) => setTimeout(resolve, CHANGE_MS));
  }
  return count;
}

async function send(verifier: Verifier, method: string, at: string, json: unknown): Promise<Response> {
  const headers = { "content-type": "application/json" };
  const answer = await verifier.call(at, { method, headers, body: JSON.stringify(json) });
  if (answer.ok) return answer;
  const said = (await answer.text()).slice(0, 300);
  throw new BenchError(
    "COMMAND_FAILED",
    `${method} ${at} was answered ${answer.status}: ${said}`,
    "Mend that first.",
  );
}

/** Ask from a process of its own. @param rate requests per second, or null for as many as come back */
async function fire(
  { address, key }: Verifier,
  at: string,
  seconds: number,
  rate: number | null,
): Promise<Fired> {
  const args = [LOAD, `${address}/api/v1${at}`, key, ...[CONNECTIONS, seconds, rate ?? 0].map(String)];
  const { stdout } = await measure(process.execPath, args, { codes: [0] });
  return JSON.parse(stdout) as Fired;
}
