import type { LookupAddress, LookupOptions } from "node:dns";
import { createSecureServer } from "node:http2";
import { connect as connectTcp } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { createServer as createTlsServer } from "node:tls";
import { issueCertificate } from "@indicia/testkit/local-certificate";
import { describe, expect, it, onTestFinished } from "vitest";
import type { ConnectOptions } from "./checked-connect.js";
import {
  createGuardedFetch,
  type FetchAnswer,
  type FetchRequest,
  type GuardedFetchOptions,
} from "./guarded-fetch.js";
import { codeOf } from "./test-support/codes.js";
import { http2Server, respond } from "./test-support/grpc-server.js";
import { canary, httpServer, listening, scripted, tcpServer } from "./test-support/local-server.js";

const BODY = new TextEncoder().encode("rows");

async function ask(
  url: URL,
  options: Partial<GuardedFetchOptions> = {},
  request: Partial<FetchRequest> = {},
): Promise<FetchAnswer> {
  const fetch = createGuardedFetch({ allowPrivate: true, timeoutMs: 30_000, maxBytes: 100_000, ...options });
  onTestFinished(() => fetch.close());
  return fetch({ method: "POST", url, headers: { te: "trailers" }, body: BODY, http2: true, ...request });
}

const text = ({ body }: FetchAnswer): string => new TextDecoder().decode(body);

/** A resolver that knows one address. */
function resolved(address: string): NonNullable<ConnectOptions["lookup"]> {
  const lookup = (
    _host: string,
    _: LookupOptions,
    done: (error: Error | null, addresses: LookupAddress[]) => void,
  ): void => done(null, [{ address, family: 4 }]);
  return lookup as NonNullable<ConnectOptions["lookup"]>;
}

describe("answers by HTTP/2", () => {
  it("come with their trailers, and with whom they came from", async () => {
    const { url } = await http2Server((stream, { path, method, body }) =>
      respond(stream, Buffer.from(`${method} ${path} ${body.toString()}`), { "Grpc-Status": "0", x: "y" }),
    );
    const answer = await ask(new URL("/a/b?c=d", url));
    expect(text(answer)).toBe("POST /a/b?c=d rows");
    expect(answer).toMatchObject({ status: 200, address: "127.0.0.1", certificate: null });
    expect(answer.headers).toMatchObject({ "content-type": "application/grpc", "grpc-status": "0", x: "y" });
    expect(Object.keys(answer.headers).filter((name) => name.startsWith(":"))).toEqual([]);
  });

  it("share a connection, one after the other, and get a new one when it is gone", async () => {
    let asked = 0;
    const server = await http2Server((stream) => {
      if (++asked === 2) stream.session?.close();
      respond(stream, Buffer.from(String(asked)), {});
    });
    const fetch = createGuardedFetch({ allowPrivate: true, timeoutMs: 30_000, maxBytes: 1000 });
    onTestFinished(() => fetch.close());
    const once = (): Promise<FetchAnswer> =>
      fetch({ method: "POST", url: server.url, headers: {}, body: BODY, http2: true });
    expect(text(await once())).toBe("1");
    expect(text(await once())).toBe("2");
    expect(server.connections).toBe(1);
    await sleep(20);
    expect(text(await once())).toBe("3");
    expect(server.connections).toBe(2);
  });

  it("that are too large end the connection", async () => {
    let sent = 0;
    const { url } = await http2Server((stream) => {
      stream.respond({ ":status": 200 });
      const pour = (): void => {
        while (!stream.destroyed && sent < 500 && stream.write(Buffer.alloc(2 ** 16))) sent++;
      };
      stream.on("drain", pour);
      pour();
    });
    expect(await codeOf(() => ask(url))).toBe("SUSPECT_TOO_LARGE");
    await sleep(20);
    expect(sent).toBeLessThan(500);
  });

  it("that break off are cut short, whether the stream is reset or the connection gone", async () => {
    for (const end of ["reset", "gone"] as const) {
      const { url } = await http2Server(async (stream) => {
        stream.respond({ ":status": 200 });
        stream.write("half");
        await sleep(20);
        if (end === "reset") stream.destroy(new Error("broken"));
        else stream.session?.destroy();
      });
      expect(await codeOf(() => ask(url))).toBe("SUSPECT_CUT_SHORT");
    }
  });

  it("that never begin are no answers, and may be asked for again", async () => {
    for (const end of ["reset", "gone"] as const) {
      const { url } = await http2Server((stream) => {
        if (end === "reset") stream.close(7);
        else stream.session?.destroy();
      });
      expect(await codeOf(() => ask(url))).toBe("SUSPECT_UNREACHABLE");
    }
  });

  it("are waited for as long as is allowed: to connect, to begin, to end", async () => {
    const silent = await tcpServer((socket) => void socket.on("error", () => undefined));
    const slow = await http2Server(() => undefined);
    const dripping = await http2Server((stream) => {
      stream.respond({ ":status": 200 });
      const drip = setInterval(() => stream.write("x"), 20);
      stream.on("close", () => clearInterval(drip));
    });
    for (const { url } of [silent, slow, dripping])
      expect(await codeOf(() => ask(url, { timeoutMs: 150 }))).toBe("SUSPECT_TIMEOUT");
  });

  it.each([
    ["HTTP/1.1", "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"],
    ["words", "hello, who are you\r\n\r\n"],
    ["a frame of 16 MB", Buffer.from([0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01])],
    ["settings alone", Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])],
  ])("are none where something else answers: %s", async (_, script) => {
    const { url } = await scripted(script);
    expect(["SUSPECT_PROTOCOL", "SUSPECT_UNREACHABLE"]).toContain(await codeOf(() => ask(url)));
  });

  it("do not come once the fetch is closed", async () => {
    const { url } = await http2Server(() => undefined);
    const fetch = createGuardedFetch({ allowPrivate: true, timeoutMs: 30_000, maxBytes: 1000 });
    const asked = codeOf(() => fetch({ method: "POST", url, headers: {}, body: BODY, http2: true }));
    await sleep(30);
    await fetch.close();
    expect(await asked).toBe("SUSPECT_CLOSED");
  });
});

describe("the guard of HTTP/2", () => {
  it.each(["127.0.0.1", "2130706433", "[::1]", "[::ffff:127.0.0.1]", "localhost", "rebind.test"])(
    "does not even connect to %s",
    async (host) => {
      const server = await canary();
      const lookup = resolved("127.0.0.1");
      const url = new URL(`http://${host}:${server.port}/`);
      expect(await codeOf(() => ask(url, { allowPrivate: false, lookup }))).toBe("SUSPECT_ADDRESS");
      expect(server.connections).toBe(0);
    },
  );

  it("closes what reached a private address before anything is sent", async () => {
    let requests = 0;
    const { port } = await http2Server(() => void requests++);
    const connect: NonNullable<ConnectOptions["connect"]> = (_, done) => {
      const socket = connectTcp(port, "127.0.0.1", () => done(null, socket));
    };
    const url = new URL("http://public.test/");
    expect(await codeOf(() => ask(url, { allowPrivate: false, connect }))).toBe("SUSPECT_ADDRESS");
    expect(requests).toBe(0);
  });

  it("does not follow redirects to private addresses", async () => {
    const inner = await canary();
    const { port } = await http2Server((stream) =>
      stream.respond({ ":status": 307, location: `http://127.0.0.1:${inner.port}/` }, { endStream: true }),
    );
    const connect: NonNullable<ConnectOptions["connect"]> = (_, done) => {
      const socket = connectTcp(port, "127.0.0.1", () => done(null, socket));
      Object.defineProperty(socket, "remoteAddress", { value: "93.184.216.34" });
    };
    const url = new URL("http://public.test/");
    expect(await codeOf(() => ask(url, { allowPrivate: false, connect }))).toBe("SUSPECT_ADDRESS");
    expect(inner.connections).toBe(0);
  });
});

/** A server whose certificate is good for model.test. */
async function certified(
  http2: boolean,
): Promise<{ url: URL; ca: string; lookup: ReturnType<typeof resolved> }> {
  const valid = [new Date(Date.now() - 60_000), new Date(Date.now() + 3_600_000)] as const;
  const authority = await issueCertificate({
    name: "Authority",
    kind: "ecdsa",
    valid,
    issuer: null,
    usage: null,
  });
  const usage = { purposes: ["1.3.6.1.5.5.7.3.1"], critical: false };
  const own = await issueCertificate({
    name: "model.test",
    kind: "ecdsa",
    valid,
    issuer: authority,
    usage,
  });
  const key = Buffer.from(await crypto.subtle.exportKey("pkcs8", own.keys.privateKey)).toString("base64");
  const pem = { cert: own.pem, key: `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----\n` };
  const server = http2 ? createSecureServer(pem) : createTlsServer({ ...pem, ALPNProtocols: ["http/1.1"] });
  if (http2)
    server.on("stream", (stream) => respond(stream, Buffer.from("over TLS"), { "grpc-status": "0" }));
  const { port } = await listening(server, "127.0.0.1");
  return { url: new URL(`https://model.test:${port}/`), ca: authority.pem, lookup: resolved("127.0.0.1") };
}

describe("with TLS", () => {
  it("answers come from whom the certificate names", async () => {
    const { url, ca, lookup } = await certified(true);
    const answer = await ask(url, { ca, lookup });
    expect(text(answer)).toBe("over TLS");
    expect(answer.headers["grpc-status"]).toBe("0");
    expect(answer.certificate).toMatch(/^[0-9a-f]{64}$/);
    expect(await codeOf(() => ask(url, { lookup }))).toBe("SUSPECT_CERTIFICATE");
  });

  it("a server that offers no HTTP/2 is not asked", async () => {
    const { url, ca, lookup } = await certified(false);
    expect(await codeOf(() => ask(url, { ca, lookup }))).toBe("SUSPECT_PROTOCOL");
  });
});

it("asks by HTTP/1.1 where nothing else is said", async () => {
  const { url } = await httpServer((request, response) => void response.end(request.httpVersion));
  expect(text(await ask(url, {}, { http2: false }))).toBe("1.1");
});
