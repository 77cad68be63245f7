import { connect } from "node:net";
import type { BenchOptions } from "../bench.js";
import { type Row, row } from "../row.js";
import type { ProtectedModel } from "./protected-model.js";
import { type Server, startGateway } from "./server.js";

/** Beyond the largest body that the gateway takes. */
const TOO_LARGE: number = 65 * 2 ** 20;
const WIDTH = 2048;

/** One attempt, and the status that it is answered. */
interface Attempt {
  readonly name: string;
  /** Takes as long as the gateway waits for a slow client. */
  readonly slow?: "headers" | "body";
  readonly send: (server: Server, headers: Readonly<Record<string, string>>) => Promise<number>;
}

const PREDICT = "/v1/models/model/predict";
const INFER = "/v2/models/model/infer";
const rows = (row: unknown): string => JSON.stringify({ rows: [row] });
const zeros = (count: number): number[] => new Array<number>(count).fill(0);
const oip = (more: object): string =>
  JSON.stringify({ inputs: [{ name: "bytes", shape: [1, WIDTH], datatype: "INT32", ...more }] });

const ATTEMPTS: readonly Attempt[] = [
  posted("a body that says it is too large", PREDICT, new Uint8Array(TOO_LARGE)),
  posted("JSON a million deep", PREDICT, `{"rows": ${"[".repeat(1_000_000)}`),
  posted("JSON a million deep and whole", PREDICT, "[".repeat(1_000_000) + "]".repeat(1_000_000)),
  posted("two million lists", PREDICT, `{"rows": [${"[],".repeat(2_000_000)}[]]}`),
  posted("no JSON", PREDICT, "\u0000\u0001"),
  posted("nothing", PREDICT, ""),
  posted("a row too short", PREDICT, rows(zeros(WIDTH - 1))),
  posted("a row too long", PREDICT, rows(zeros(WIDTH + 1))),
  posted("a row of rows", PREDICT, rows([zeros(WIDTH)])),
  posted("five thousand rows", PREDICT, JSON.stringify({ rows: new Array(5000).fill([0]) })),
  posted("NaN", PREDICT, `{"rows": [[${"NaN,".repeat(WIDTH - 1)}NaN]]}`),
  posted("null", PREDICT, rows(new Array(WIDTH).fill(null))),
  posted("an infinite number", PREDICT, `{"rows": [[${"1e999,".repeat(WIDTH - 1)}0]]}`),
  posted("a fraction for a whole number", PREDICT, rows(zeros(WIDTH).fill(0.5))),
  posted("text for numbers", PREDICT, rows(new Array(WIDTH).fill("0"))),
  posted("another shape", INFER, oip({ shape: [WIDTH, 1], data: zeros(WIDTH) })),
  posted("a negative shape", INFER, oip({ shape: [-1, WIDTH], data: zeros(WIDTH) })),
  posted("another type", INFER, oip({ datatype: "FP32", data: zeros(WIDTH) })),
  posted("bytes that are not there", INFER, oip({ parameters: { binary_data_size: 4 * WIDTH } })),
  posted("another model", "/v1/models/other/predict", rows(zeros(WIDTH))),
  raw("headers too large", (line) => `${line}x: ${"y".repeat(100_000)}\r\n\r\n`),
  raw("no HTTP", () => "hello\r\n\r\n"),
  { ...raw("headers that never end", (line) => line, "x: y\r\n"), slow: "headers" },
  {
    ...raw("a body that never ends", (line, headers) => `${line}${headers}Content-Length: 9000\r\n\r\n`, "1"),
    slow: "body",
  },
];

/** Every hostile request is answered 4xx, and an honest one after it 200. */
export async function hostileRows(
  bench: string,
  { flags, headers }: ProtectedModel,
  { quick, say }: BenchOptions,
): Promise<Row[]> {
  const server = await startGateway(...flags);
  try {
    const attempts = ATTEMPTS.filter(({ slow }) => !(quick && slow !== undefined));
    let refused = 0;
    let honest = 0;
    for (const { name, send } of attempts) {
      const status = await send(server, headers);
      say(`hostile: ${name}: ${status}`);
      if (status >= 400 && status < 500) refused++;
      if ((await post(server, PREDICT, rows(zeros(WIDTH)), headers)) === 200) honest++;
    }
    const common = { bench, case: `${attempts.length} hostile requests` };
    return [
      row({ ...common, metric: "answered 4xx", value: refused / attempts.length, goal: "== 1" }),
      row({
        ...common,
        metric: "honest requests answered after them",
        value: honest / attempts.length,
        goal: "== 1",
      }),
    ];
  } finally {
    await server.stop();
  }
}

async function post(
  { address }: Server,
  page: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Readonly<Record<string, string>>,
): Promise<number> {
  const response = await fetch(`${address}${page}`, { method: "POST", body, headers });
  await response.arrayBuffer();
  return response.status;
}

function posted(name: string, page: string, body: string | Uint8Array<ArrayBuffer>): Attempt {
  return { name, send: (server, headers) => post(server, page, body, headers) };
}

/** @param drop sent again and again, where the rest of the request never comes */
function raw(
  name: string,
  head: (line: string, headers: string) => string,
  drop: string | null = null,
): Attempt {
  return {
    name,
    send: async ({ address }, headers) => {
      const { hostname, port, host } = new URL(address);
      const socket = connect(Number(port), hostname);
      let heard = "";
      socket.on("data", (chunk: Buffer) => (heard += chunk.toString("latin1")));
      socket.on("error", () => undefined);
      const lines = Object.entries(headers).map(([key, value]) => `${key}: ${value}\r\n`);
      socket.write(head(`POST ${PREDICT} HTTP/1.1\r\nHost: ${host}\r\n`, lines.join("")));
      const timer = setInterval(() => drop !== null && socket.write(drop), 500);
      await new Promise<void>((resolve) => socket.once("close", () => resolve()));
      clearInterval(timer);
      return Number(/^HTTP\/1\.1 (\d{3})/.exec(heard)?.[1] ?? 0);
    },
  };
}
