import type { BenchOptions } from "../bench.js";
import { type Row, row } from "../row.js";
import { median } from "../speed/median.js";
import { askClosed, type Client, openClient } from "./client.js";
import { magikaBodies, type ProtectedModel } from "./protected-model.js";
import { type Server, startBare, startGateway } from "./server.js";

/** How much of everything. */
interface Size {
  readonly rounds: number;
  /** Requests of a round by one client. */
  readonly single: number;
  /** Requests of a round by all clients together. */
  readonly together: number;
}
const FULL: Size = { rounds: 15, single: 100, together: 640 };
const QUICK: Size = { rounds: 5, single: 12, together: 96 };
const CLIENTS = 64;
/** Requests before anything is measured: both servers compile what they run often. */
const WARMUP = 30;

interface Variant {
  readonly name: string;
  readonly server: Server;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * The gateway against the bare route, in alternation: what else the machine does meets both alike. The distributions of
 * a round are compared with each other, and the ratio is that of the medians over the rounds.
 */
export async function overheadRows(
  bench: string,
  { model, flags, headers }: ProtectedModel,
  { quick, say }: BenchOptions,
): Promise<Row[]> {
  const size = quick ? QUICK : FULL;
  const servers = [
    { name: "bare route", server: await startBare(model), headers: {} },
    { name: "gateway, plain", server: await startGateway("--model", model, "--name", "model"), headers: {} },
    { name: "gateway, marks and query log", server: await startGateway(...flags), headers },
  ];
  try {
    const single = await measured(servers, 1, { rounds: size.rounds, requests: size.single }, say);
    const together = await measured(servers, CLIENTS, { rounds: size.rounds, requests: size.together }, say);
    const common = { bench, case: "magika_standard_v3_3" };
    return servers.slice(1).flatMap(({ name }) => [
      row({
        ...common,
        metric: `p50, batch 1, ${name}`,
        unit: "ms",
        ...compared(single, name, "p50"),
        goal: "<= 1.15",
        goalOn: "ratio",
      }),
      row({
        ...common,
        metric: `requests per second, batch 1, ${name}`,
        unit: "1/s",
        ...compared(single, name, "perSecond"),
        goal: ">= 0.85",
        goalOn: "ratio",
      }),
      row({
        ...common,
        metric: `processor time per request, batch 1, ${name}`,
        unit: "ms",
        ...compared(single, name, "processor"),
      }),
      row({
        ...common,
        metric: `requests per second, ${CLIENTS} clients, ${name}`,
        unit: "1/s",
        ...compared(together, name, "perSecond"),
        goal: ">= 1",
        goalOn: "ratio",
      }),
    ]);
  } finally {
    await Promise.all(servers.map(({ server }) => server.stop()));
  }
}

interface Round {
  readonly p50: number;
  readonly perSecond: number;
  /** Processor time per request, in milliseconds: other programs take none of it away. */
  readonly processor: number;
}
type Rounds = ReadonlyMap<string, readonly Round[]>;

async function measured(
  variants: readonly Variant[],
  clients: number,
  { rounds, requests }: { readonly rounds: number; readonly requests: number },
  say: (line: string) => void,
): Promise<Rounds> {
  const open = variants.map((variant) => ({
    ...variant,
    clients: Array.from({ length: clients }, () =>
      openClient(`${variant.server.address}/v1/models/model/predict`, variant.headers),
    ),
  }));
  const results = new Map(variants.map(({ name }): [string, Round[]] => [name, []]));
  try {
    for (const each of open) await ask(each, WARMUP, 0);
    for (let round = 0; round < rounds; round++) {
      say(`overhead, ${clients} at once, round ${round + 1} of ${rounds}`);
      const order = round % 2 === 0 ? open : [...open].reverse();
      for (const each of order) results.get(each.name)?.push(await ask(each, requests, round + 1));
    }
  } finally {
    for (const each of open) for (const client of each.clients) client.close();
  }
  return results;
}

async function ask(
  { server, clients }: { readonly server: Server; readonly clients: readonly Client[] },
  requests: number,
  seed: number,
): Promise<Round> {
  const before = server.processorSeconds();
  const bodies = magikaBodies(requests, seed);
  const { milliseconds, refused, perSecond } = await askClosed(
    clients,
    requests,
    (i) => bodies[i] ?? Buffer.of(),
  );
  if (refused > 0) throw new RangeError(`${refused} requests were refused`);
  const processor = ((server.processorSeconds() - before) * 1000) / requests;
  return { p50: median(milliseconds), perSecond, processor };
}

function compared(
  rounds: Rounds,
  name: string,
  figure: keyof Round,
): { readonly value: number; readonly baseline: number; readonly rounds: readonly number[] } {
  const of = (variant: string): number[] => (rounds.get(variant) ?? []).map((round) => round[figure]);
  return { value: median(of(name)), baseline: median(of("bare route")), rounds: of(name) };
}
