import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTcpServer, type Server, type Socket } from "node:net";
import { onTestFinished } from "vitest";

/** A server on loopback that ends with its test. */
export interface LocalServer {
  readonly url: URL;
  readonly port: number;
  /** Connections so far, whether or not anything was sent on them. */
  readonly connections: number;
}

type Handle = (request: IncomingMessage, response: ServerResponse, body: Buffer) => void | Promise<void>;

export async function httpServer(handle: Handle, host = "127.0.0.1"): Promise<LocalServer> {
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    await handle(request, response, Buffer.concat(chunks));
  };
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      // In the words that a suspect passes on.
      response.writeHead(500).end(JSON.stringify({ error: String(error) }));
    });
  });
  return listening(server, host);
}

/** A server that speaks whatever a test wants. */
export async function tcpServer(talk: (socket: Socket) => void, host = "127.0.0.1"): Promise<LocalServer> {
  return listening(createTcpServer(talk), host);
}

/** A server that must never be reached, on every address of this machine. */
export async function canary(): Promise<LocalServer> {
  return tcpServer((socket) => socket.destroy(), "::");
}

/** A server that answers every connection's first bytes with these, and ends. */
export async function scripted(text: string | Uint8Array): Promise<LocalServer> {
  return tcpServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => socket.end(text));
  });
}

/** A server that was made, listening until its test is over. */
export async function listening(server: Server, host: string): Promise<LocalServer> {
  const open = new Set<Socket>();
  let connections = 0;
  server.on("connection", (socket: Socket) => {
    connections++;
    open.add(socket);
    socket.on("close", () => open.delete(socket));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, host, resolve);
  });
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: new URL(`http://${host.includes(":") ? `[${host}]` : host}:${port}/`),
    port,
    get connections() {
      return connections;
    },
  };
}
