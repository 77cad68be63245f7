import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { ValueInfo } from "@indicia/onnx/tensor";

/** A server of a model that keeps count of what it is asked. */
export interface CountingEndpoint {
  /** Of the model, as the Open Inference Protocol names it. */
  readonly url: string;
  /** How often each row was asked, by the hash of its numbers. */
  readonly asked: ReadonlyMap<string, number>;
  /** Requests for inference. */
  readonly requests: number;
  close(): Promise<void>;
}

export interface CountingOptions {
  /** Of float32, with the rows first. */
  readonly input: ValueInfo;
  /** Scores of each row. @param numbers of all rows, of `shape` */
  readonly answer: (
    numbers: Float32Array,
    shape: readonly number[],
  ) => Promise<readonly (readonly number[])[]>;
  /** Time that an answer takes beside the model's own, default none. */
  readonly delayMs?: number;
  /** In place of an answer, where it gives one: status, headers and body, by the number of the request from 0. */
  readonly instead?: (
    request: number,
  ) => { status: number; headers: Readonly<Record<string, string>>; body: string } | null;
}

/** Serve what `answer` computes by the Open Inference Protocol, its numbers as JSON. */
export async function startCountingEndpoint(options: CountingOptions): Promise<CountingEndpoint> {
  const { input } = options;
  const asked = new Map<string, number>();
  let requests = 0;
  const metadata = {
    name: "m",
    platform: "onnx",
    inputs: [
      {
        name: input.name,
        datatype: "FP32",
        shape: (input.dims ?? []).map((dim, i) => (i === 0 || typeof dim !== "number" ? -1 : dim)),
      },
    ],
    outputs: [{ name: "scores", datatype: "FP32", shape: [-1, -1] }],
  };

  async function infer(body: string): Promise<object> {
    const { inputs } = JSON.parse(body) as { inputs: { name: string; shape: number[]; data: unknown[] }[] };
    const given = inputs[0];
    if (given === undefined) throw new RangeError("no input");
    const numbers = Float32Array.from(given.data.flat(16) as number[]);
    const rows = given.shape[0] ?? 0;
    count(asked, numbers, rows);
    const data = await options.answer(numbers, given.shape);
    const shape = [rows, data[0]?.length ?? 0];
    return { model_name: "m", outputs: [{ name: "scores", datatype: "FP32", shape, data: data.flat() }] };
  }

  const server = createServer((request, response) => {
    void answer(request, response).catch((error: unknown) => json(response, 500, { error: String(error) }));
  });
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    if (!(request.url ?? "").endsWith("/infer")) return json(response, 200, metadata);
    const number = requests++;
    const instead = options.instead?.(number) ?? null;
    if (instead !== null) {
      response.writeHead(instead.status, instead.headers).end(instead.body);
      return;
    }
    const answered = await infer(body);
    if (options.delayMs !== undefined) await sleep(options.delayMs);
    json(response, 200, answered);
  }
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v2/models/m`,
    asked,
    get requests() {
      return requests;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function count(asked: Map<string, number>, numbers: Float32Array, rows: number): void {
  const size = numbers.length / Math.max(1, rows);
  for (let row = 0; row < rows; row++) {
    const values = numbers.subarray(row * size, (row + 1) * size);
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    const hash = createHash("sha256").update(bytes).digest("hex");
    asked.set(hash, (asked.get(hash) ?? 0) + 1);
  }
}

async function text(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
