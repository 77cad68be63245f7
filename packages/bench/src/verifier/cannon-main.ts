import type { EventEmitter } from "node:events";
import { readFileSync } from "node:fs";
import autocannon, { type Request } from "autocannon";

/** What to fire, as `throughput-rows.ts` writes it. */
interface Shots {
  readonly url: string;
  readonly connections: number;
  readonly requests: readonly {
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    /** Base64. */
    readonly body: string;
  }[];
}

interface Fired {
  readonly answered: number;
  readonly failed: number;
  /** From the first request sent to the last answer. */
  readonly seconds: number;
}

/**
 * Fires given requests once each, as fast as they are answered, in a process of its own; twice, so that the second time finds
 * program and endpoint warm.
 */
const [file = ""] = process.argv.slice(2);
const { url, connections, requests } = JSON.parse(readFileSync(file, "utf8")) as Shots;
const shots = requests.map(
  ({ path, headers, body }): Request => ({
    method: "POST",
    path,
    headers: { ...headers },
    body: Buffer.from(body, "base64"),
  }),
);
await fire();
process.stdout.write(`${JSON.stringify(await fire())}\n`);

/**
 * The times are taken by its events: the run itself ends on a tick of a second. The requests are dealt out, since else every
 * connection copies and builds all of them while the others wait.
 */
async function fire(): Promise<Fired> {
  let began = Number.POSITIVE_INFINITY;
  let ended = 0;
  let dealt = 0;
  const fired = autocannon({
    url,
    connections,
    amount: shots.length,
    setupClient: (client) => {
      const hand = dealt++;
      client.setRequests(shots.filter((_, i) => i % connections === hand));
      // Its types know of answers only.
      const events: EventEmitter = client;
      events.on("request", () => {
        began = Math.min(began, performance.now());
      });
      events.on("response", () => {
        ended = performance.now();
      });
    },
  });
  const { "2xx": answered, non2xx, errors, timeouts } = await fired;
  return { answered, failed: non2xx + errors + timeouts, seconds: (ended - began) / 1000 };
}
