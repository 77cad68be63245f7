import { connect, type Socket } from "node:net";
import { Hono } from "hono";
import { afterEach, describe, expect, it } from "vitest";
import type { ConnectionLimits } from "./connection-limits.js";
import { type Listening, listen } from "./listen.js";

const open: Listening[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

async function start(app: Hono, limits: Partial<ConnectionLimits> = {}): Promise<Listening> {
  const listening = await listen(app, { port: 0, host: "127.0.0.1", limits });
  open.push(listening);
  return listening;
}
const reading = new Hono().post("/", async (c) => c.text(await c.req.text()));

/** What a raw connection is answered until it is closed. */
async function raw({ address }: Listening, talk: (socket: Socket) => void): Promise<string> {
  const { hostname, port } = new URL(address);
  const socket = connect(Number(port), hostname);
  let heard = "";
  socket.on("data", (chunk: Buffer) => (heard += chunk.toString()));
  socket.on("error", () => undefined);
  talk(socket);
  await new Promise<void>((resolve) => socket.once("close", () => resolve()));
  return heard;
}

describe("who is slow", () => {
  const limits = { headersMs: 200, requestMs: 400 };

  it("with headers is answered 408", async () => {
    const heard = await raw(await start(reading, limits), (socket) =>
      socket.write("POST / HTTP/1.1\r\nHost: x\r\n"),
    );
    expect(heard).toMatch(/^HTTP\/1\.1 408 /);
  });

  it("with headers one by one is answered 408 all the same", async () => {
    const heard = await raw(await start(reading, limits), (socket) => {
      socket.write("POST / HTTP/1.1\r\nHost: x\r\n");
      const timer = setInterval(() => socket.write(`x-${Date.now()}: y\r\n`), 20);
      socket.once("close", () => clearInterval(timer));
    });
    expect(heard).toMatch(/^HTTP\/1\.1 408 /);
  });

  it("with a body is answered 408", async () => {
    const heard = await raw(await start(reading, limits), (socket) => {
      socket.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n");
      const timer = setInterval(() => socket.write("y"), 20);
      socket.once("close", () => clearInterval(timer));
    });
    expect(heard).toMatch(/^HTTP\/1\.1 408 /);
  });
});

it("headers that are too large are answered 431, and what is no HTTP 400", async () => {
  const server = await start(reading);
  const large = await raw(server, (socket) =>
    socket.write(`GET / HTTP/1.1\r\nHost: x\r\nx: ${"y".repeat(20_000)}\r\n\r\n`),
  );
  expect(large).toMatch(/^HTTP\/1\.1 431 /);
  expect(await raw(server, (socket) => socket.write("hello\r\n\r\n"))).toMatch(/^HTTP\/1\.1 400 /);
});

it("ends after the answers under way, and takes no more", async () => {
  let go = (): void => undefined;
  const going = new Promise<void>((resolve) => (go = resolve));
  const began = new Promise<void>((resolve) => {
    void start(
      new Hono().get("/", async (c) => {
        resolve();
        await going;
        return c.text("done");
      }),
    ).then((listening) => void asked.push(fetch(listening.address)));
  });
  const asked: Promise<Response>[] = [];
  await began;
  const [server] = open.splice(0);
  const closing = server?.close();
  await expect(fetch(server?.address ?? "")).rejects.toThrow("fetch failed");
  go();
  expect(await (await asked[0])?.text()).toBe("done");
  await closing;
});

it("ends in time though somebody hangs on", async () => {
  const server = await start(
    new Hono().get("/", () => new Promise<Response>(() => undefined)),
    { graceMs: 100 },
  );
  const hanging = fetch(server.address).catch(() => "cut");
  await new Promise((resolve) => setTimeout(resolve, 50));
  await server.close();
  expect(await hanging).toBe("cut");
});

it("ends at once though events have no end", async () => {
  const events = new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode("data: 1\n\n")),
  });
  const app = new Hono().get("/", (c) => c.body(events, 200, { "content-type": "text/event-stream" }));
  const server = await start(app);
  const reader = (
    await fetch(server.address, { headers: { accept: "text/event-stream" } })
  ).body?.getReader();
  await reader?.read();
  await server.close();
  await expect(reader?.read()).rejects.toThrow("terminated");
});
