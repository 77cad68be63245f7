import { Agent, request } from "node:http";

/** What one request came to. */
export interface Reply {
  readonly status: number;
  readonly milliseconds: number;
}

export interface Client {
  /** Post a body to the address and read the whole answer. @throws what the connection throws */
  post(body: Buffer, more?: Readonly<Record<string, string>>): Promise<Reply>;
  close(): void;
}

/** A client of one connection that is kept open, as cheap as Node has one: it shares the processors with the server. */
export function openClient(address: string, headers: Readonly<Record<string, string>>): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const url = new URL(address);
  const post = (body: Buffer, more: Readonly<Record<string, string>> = {}): Promise<Reply> =>
    new Promise((resolve, reject) => {
      const began = performance.now();
      const asking = request(
        url,
        {
          agent,
          method: "POST",
          headers: { ...headers, ...more, "content-type": "application/json", "content-length": body.length },
        },
        (response) => {
          response.resume();
          response.once("end", () =>
            resolve({ status: response.statusCode ?? 0, milliseconds: performance.now() - began }),
          );
          response.once("error", reject);
        },
      );
      asking.once("error", (error) => {
        // The server may close a connection that stood idle just when it is used again.
        if (asking.reusedSocket && "code" in error && error.code === "ECONNRESET") resolve(post(body));
        else reject(error);
      });
      asking.end(body);
    });
  return {
    post,
    close: () => agent.destroy(),
  };
}

/** What many requests came to. */
export interface Replies {
  readonly milliseconds: readonly number[];
  /** Answers that were no 200. */
  readonly refused: number;
  readonly perSecond: number;
}

/** Ask in a closed loop: every client as soon as it has its answer. */
export async function askClosed(
  clients: readonly Client[],
  requests: number,
  body: (index: number) => Buffer,
): Promise<Replies> {
  const milliseconds: number[] = [];
  let refused = 0;
  let next = 0;
  const began = performance.now();
  await Promise.all(
    clients.map(async (client) => {
      for (let i = next++; i < requests; i = next++) {
        const reply = await client.post(body(i));
        if (reply.status === 200) milliseconds.push(reply.milliseconds);
        else refused++;
      }
    }),
  );
  return { milliseconds, refused, perSecond: (requests * 1000) / (performance.now() - began) };
}
