import { createServer, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import { type LocalServer, listening } from "./local-server.js";

/** A request as a server has read it. */
export interface ServedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** An answer as a server of plain HTTP would give it. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** What gRPC says for a status of HTTP. */
const STATUS: Readonly<Record<number, string>> = {
  200: "0",
  400: "3",
  401: "16",
  403: "7",
  404: "5",
  429: "8",
  500: "13",
  501: "12",
  503: "14",
};

/** A server of gRPC without TLS: bodies are messages, statuses become gRPC's, in trailers or, of errors, in headers. */
export async function grpcServer(reply: (request: ServedRequest) => Promise<Reply>): Promise<LocalServer> {
  return http2Server(async (stream, { path, method, headers, body }) => {
    const message = body.subarray(5);
    if (body[0] !== 0 || body.readUInt32BE(1) !== message.length) throw new Error("no message of gRPC");
    if (headers["te"] !== "trailers" || headers["content-type"] !== "application/grpc")
      throw new Error("not gRPC");
    const answer = await reply({ path, method, headers, body: message });
    const status = STATUS[answer.status] ?? "2";
    if (answer.status === 200)
      respond(stream, framed(answer.body), { ...answer.headers, "grpc-status": status });
    else {
      const words = { "grpc-status": status, "grpc-message": "as%20you%20were" };
      stream.respond(
        { ":status": 200, "content-type": "application/grpc", ...answer.headers, ...words },
        { endStream: true },
      );
    }
  });
}

export function framed(message: Uint8Array): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

/** An answer with these bytes and trailers. */
export function respond(
  stream: ServerHttp2Stream,
  body: Uint8Array,
  trailers: Readonly<Record<string, string>>,
): void {
  stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
  stream.once("wantTrailers", () => stream.sendTrailers(trailers));
  stream.end(body);
}

/** A server of HTTP/2 without TLS that does with each stream whatever a test wants. */
export async function http2Server(
  answer: (stream: ServerHttp2Stream, request: ServedRequest) => void | Promise<void>,
): Promise<LocalServer> {
  const server = createServer();
  const serve = async (stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    const { ":path": path = "", ":method": method = "" } = headers;
    await answer(stream, { path, method, headers, body: Buffer.concat(chunks) });
  };
  server.on("stream", (stream, headers) => {
    stream.on("error", () => undefined);
    serve(stream, headers).catch((error: unknown) => {
      const words = { "grpc-status": "13", "grpc-message": encodeURIComponent(String(error)) };
      if (!stream.destroyed && !stream.headersSent)
        stream.respond({ ":status": 200, ...words }, { endStream: true });
    });
  });
  return listening(server, "127.0.0.1");
}
