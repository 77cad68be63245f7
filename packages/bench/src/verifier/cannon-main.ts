import { readFileSync } from "node:fs";
import autocannon from "autocannon";

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

/** Fires given requests once each, as fast as they are answered, in a process of its own. */
const [file = ""] = process.argv.slice(2);
const { url, connections, requests } = JSON.parse(readFileSync(file, "utf8")) as Shots;
const began = performance.now();
const fired = await autocannon({
  url,
  connections,
  amount: requests.length,
  requests: requests.map(({ path, headers, body }) => ({
    method: "POST",
    path,
    headers: { ...headers },
    body: Buffer.from(body, "base64"),
  })),
});
const seconds = (performance.now() - began) / 1000;
process.stdout.write(
  `${JSON.stringify({ answered: fired["2xx"], failed: fired.non2xx + fired.errors + fired.timeouts, seconds })}\n`,
);
