import type { BenchOptions } from "../bench.js";
import { type Row, row } from "../row.js";
import { median } from "../speed/median.js";
import { askClosed, type Client, openClient } from "./client.js";
import type { ProtectedModel } from "./protected-model.js";
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
const QUICK: Size = { rounds: 4, single: 12, together: 80 };
const CLIENTS = 64;
/** Requests before anything is measured: servers compile what they run often. */
const WARMUP = 30;

const BARE = "bare route";
const PLAIN = "gateway without defences";
const ALL = "gateway with all defences";

interface Variant {
  readonly name: string;
  readonly server: Server;
  readonly clients: readonly Client[];
}

/**
 * The gateway against the bare route. One client asks all servers in turn, request by request, and 64 clients ask them in
 * alternating rounds, so that what else the machine does meets all alike. Values are medians over the rounds.
 */
export async function overheadRows(
  bench: string,
  { model, plain, flags, headers, bodies }: ProtectedModel,
  { quick, say }: BenchOptions,
): Promise<Row[]> {
  const size = quick ? QUICK : FULL;
  const variants = await Promise.all([
    opened(BARE, startBare(model), {}),
    opened(PLAIN, startGateway(...plain), {}),
    opened(ALL, startGateway(...flags), headers),
  ]);
  let next = 0;
  const body = (): Buffer => bodies[next++ % bodies.length] ?? Buffer.of();
  const [single, together]: [Figures[], Figures[]] = [[], []];
  try {
    for (const { clients } of variants) await askClosed(clients.slice(0, 1), WARMUP, body);
    for (let round = 0; round < size.rounds; round++) {
      say(`overhead, round ${round + 1} of ${size.rounds}`);
      single.push(await inTurn(variants, size.single, body));
      together.push(await atOnce(round % 2 === 0 ? variants : [...variants].reverse(), size.together, body));
    }
  } finally {
    for (const { server, clients } of variants) {
      for (const client of clients) client.close();
      await server.stop();
    }
  }
  return [PLAIN, ALL].flatMap((name) => rowsOf(bench, name, single, together));
}

async function opened(
  name: string,
  starting: Promise<Server>,
  headers: Readonly<Record<string, string>>,
): Promise<Variant> {
  const server = await starting;
  const address = `${server.address}/v1/models/model/predict`;
  return { name, server, clients: Array.from({ length: CLIENTS }, () => openClient(address, headers)) };
}

/** Of one round, by variant. */
type Figures = ReadonlyMap<string, Readonly<Record<Figure, number>>>;
/** Processor time is per request, in milliseconds: other programs take none of it away. */
type Figure = "p50" | "perSecond" | "processor";

/** One client asks each server the same, one after the other. */
async function inTurn(variants: readonly Variant[], requests: number, body: () => Buffer): Promise<Figures> {
  const before = variants.map(({ server }) => server.processorSeconds());
  const milliseconds = variants.map((): number[] => []);
  for (let i = 0; i < requests; i++) {
    const asked = body();
    for (let turn = 0; turn < variants.length; turn++) {
      const index = (i + turn) % variants.length;
      const reply = await variants[index]?.clients[0]?.post(asked);
      if (reply?.status !== 200) throw new RangeError(`a request was answered ${reply?.status}`);
      milliseconds[index]?.push(reply.milliseconds);
    }
  }
  return new Map(
    variants.map(({ name, server }, index) => {
      const own = milliseconds[index] ?? [];
      const total = own.reduce((sum, value) => sum + value, 0);
      const used = server.processorSeconds() - (before[index] ?? 0);
      return [
        name,
        { p50: median(own), perSecond: (1000 * requests) / total, processor: (1000 * used) / requests },
      ];
    }),
  );
}

/** All clients ask one server, then the next. */
async function atOnce(variants: readonly Variant[], requests: number, body: () => Buffer): Promise<Figures> {
  const figures = new Map<string, Readonly<Record<Figure, number>>>();
  for (const { name, server, clients } of variants) {
    const before = server.processorSeconds();
    const { milliseconds, refused, perSecond } = await askClosed(clients, requests, body);
    if (refused > 0) throw new RangeError(`${refused} requests were refused`);
    const processor = (1000 * (server.processorSeconds() - before)) / requests;
    figures.set(name, { p50: median(milliseconds), perSecond, processor });
  }
  return figures;
}

function rowsOf(
  bench: string,
  name: string,
  single: readonly Figures[],
  together: readonly Figures[],
): Row[] {
  const common = { bench, case: `magika_standard_v3_3, ${name}` };
  const compared = (rounds: readonly Figures[], figure: Figure) => {
    const of = (variant: string): number[] => rounds.map((round) => round.get(variant)?.[figure] ?? 0);
    return { value: median(of(name)), baseline: median(of(BARE)), rounds: of(name) };
  };
  return [
    row({
      ...common,
      metric: "p50, batch 1",
      unit: "ms",
      ...compared(single, "p50"),
      goal: "<= 1.15",
      goalOn: "ratio",
    }),
    row({
      ...common,
      metric: "requests per second, batch 1",
      unit: "1/s",
      ...compared(single, "perSecond"),
      goal: ">= 0.85",
      goalOn: "ratio",
    }),
    row({ ...common, metric: "processor time, batch 1", unit: "ms", ...compared(single, "processor") }),
    row({
      ...common,
      metric: `requests per second, ${CLIENTS} clients`,
      unit: "1/s",
      ...compared(together, "perSecond"),
      goal: ">= 1",
      goalOn: "ratio",
    }),
  ];
}
