import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { BenchOptions } from "../bench.js";
import { startGateway } from "../gateway/server.js";
import { measure } from "../process.js";
import { rootPath } from "../root.js";
import { type Row, row } from "../row.js";
import { addEndpoint, ask, type Inquiry, investigate, openCase, settled } from "./case.js";
import { startVerifier, type Verifier } from "./service.js";

const LOAD: string = rootPath("packages", "bench", "dist", "verifier", "load-main.js");
const CONNECTIONS = 16;
/** What the service is to bear. */
const PER_SECOND = 2000;
const SUSPECTS = 200;
/** An investigation that lasts as long as the reading: requests of 16 rows, so many in a second. */
const PROBES = 6000;
const RATE = 2;
/** Between two changes that are made meanwhile. */
const CHANGE_MS = 500;

/** What autocannon reports, as far as it is used; latencies in milliseconds. */
interface Fired {
  readonly "2xx": number;
  readonly non2xx: number;
  readonly errors: number;
  readonly timeouts: number;
  readonly requests: { readonly average: number };
  readonly latency: { readonly p99: number };
}

/** How fast the API is read on the embedded database, while an investigation runs and others write. */
export async function readRows(bench: string, { quick, say }: BenchOptions): Promise<Row[]> {
  const folder = await mkdtemp(path.join(tmpdir(), "indicia-bench-"));
  const verifier = await startVerifier();
  const writing = new AbortController();
  try {
    const suspect = await fill(verifier);
    const { model, stolen } = await openCase(verifier, folder, PROBES + 200);
    const endpoint = await startGateway("--model", stolen, "--name", "m");
    try {
      const asked = { model, suspect: await addEndpoint(verifier, `${endpoint.address}/v2/models/m`) };
      const id = await investigate(verifier, { ...asked, budget: PROBES, earlyStop: false, rate: RATE });
      const at = `/investigations/${id}`;
      await settled(verifier, at, ["running"]);
      const written = keepWriting(verifier, suspect, writing.signal);
      const places: readonly (readonly [string, string])[] = [
        ["the investigation", at],
        ["50 suspects", "/suspects?limit=50"],
        ["the overview", "/overview"],
      ];
      const rows: Row[] = [];
      for (const [name, place] of places) {
        say(`reads: ${name}`);
        rows.push(...(await readingOf(bench, name, verifier, { place, seconds: quick ? 3 : 20 })));
      }
      writing.abort();
      const { state } = await ask<Inquiry>(verifier, "GET", at);
      const common = { bench, case: "what went on while it was read" };
      rows.push(
        row({ ...common, metric: "changes made by others", value: await written }),
        row({
          ...common,
          metric: "investigations still running",
          value: state === "running" ? 1 : 0,
          goal: "== 1",
        }),
      );
      return rows;
    } finally {
      await endpoint.stop();
    }
  } finally {
    writing.abort();
    await verifier.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** As many as come back, and then the rate that is to be borne. */
async function readingOf(
  bench: string,
  name: string,
  verifier: Verifier,
  { place, seconds }: { readonly place: string; readonly seconds: number },
): Promise<Row[]> {
  const before = verifier.processorSeconds();
  const most = await fire(verifier, place, seconds, null);
  const used = verifier.processorSeconds() - before;
  const held = await fire(verifier, place, seconds, PER_SECOND);
  const common = { bench, case: `reads of ${name} while an investigation runs` };
  const failed = [most, held].reduce((sum, each) => sum + each.non2xx + each.errors + each.timeouts, 0);
  return [
    row({ ...common, metric: "most", value: most.requests.average, unit: "1/s", goal: `>= ${PER_SECOND}` }),
    // On a machine that others use, this says more than what came back.
    row({
      ...common,
      metric: "processor time of a request, the service's other work included",
      value: (1000 * used) / Math.max(most["2xx"], 1),
      unit: "ms",
    }),
    row({ ...common, metric: `p99 at ${PER_SECOND}/s`, value: held.latency.p99, unit: "ms", goal: "<= 50" }),
    row({ ...common, metric: "requests that failed", value: failed, goal: "== 0" }),
  ];
}

async function fill(verifier: Verifier): Promise<string> {
  let id = "";
  for (let n = 0; n < SUSPECTS; n++) id = await addEndpoint(verifier, `http://127.0.0.1:9/v2/models/m${n}`);
  return id;
}

async function keepWriting(verifier: Verifier, id: string, signal: AbortSignal): Promise<number> {
  let count = 0;
  while (!signal.aborted) {
    await ask(verifier, "PATCH", `/suspects/${id}`, { notes: `change ${count++}` });
    await new Promise((resolve) => setTimeout(resolve, CHANGE_MS));
  }
  return count;
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
