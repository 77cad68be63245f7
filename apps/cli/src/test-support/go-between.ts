import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const JSON_LENGTH = "inference-header-content-length";

/** What came back from behind, to be passed on, changed or withheld. */
export interface Passing {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface GoBetween {
  readonly address: string;
  /** Rows of every inference request as they arrived, each as the text of its bytes. */
  readonly requests: readonly (readonly string[])[];
  close(): void;
}

/**
 * A server before another one of the Open Inference Protocol that counts what it is asked, whatever its client says of
 * that.
 *
 * @param change called for each inference with its number from 0; null leaves it without an answer
 */
export async function startGoBetween(
  behind: string,
  change: (inference: number, passing: Passing) => Passing | null = (_, passing) => passing,
): Promise<GoBetween> {
  const requests: string[][] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks);
      const given = request.headers[JSON_LENGTH]?.toString();
      const inference = (request.url ?? "").endsWith("/infer") ? requests.length : null;
      if (inference !== null) requests.push(rowsOf(body, Number(given ?? body.length)));
      const url = new URL(request.url ?? "/", behind);
      const headers = given === undefined ? {} : { [JSON_LENGTH]: given };
      const init = request.method === "POST" ? { method: "POST", headers, body } : {};
      void passed(url, init)
        .then((passing) => (inference === null ? passing : change(inference, passing)))
        .then((answer) => answer && response.writeHead(answer.status, answer.headers).end(answer.body));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function passed(url: URL, init: RequestInit): Promise<Passing> {
  const answer = await fetch(url, init);
  const headers = ["content-type", JSON_LENGTH].flatMap((name): [string, string][] => {
    const value = answer.headers.get(name);
    return value === null ? [] : [[name, value]];
  });
  return {
    status: answer.status,
    headers: Object.fromEntries(headers),
    body: new Uint8Array(await answer.arrayBuffer()),
  };
}

interface InferenceHead {
  readonly inputs: readonly [{ readonly shape: readonly number[]; readonly data?: readonly number[] }];
}

function rowsOf(body: Buffer, jsonLength: number): string[] {
  const { inputs } = JSON.parse(body.subarray(0, jsonLength).toString()) as InferenceHead;
  const [{ shape, data }] = inputs;
  const [rows = 0] = shape;
  const bytes =
    data === undefined ? body.subarray(jsonLength) : Buffer.from(Float32Array.from(data.flat(9)).buffer);
  const width = bytes.length / rows;
  return Array.from({ length: rows }, (_, i) => bytes.toString("base64", i * width, (i + 1) * width));
}
