import { setTimeout as sleep } from "node:timers/promises";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  createGuardedFetch,
  type FetchAnswer,
  type FetchRequest,
  type GuardedFetch,
  type GuardedFetchOptions,
} from "./guarded-fetch.js";
import { codeOf } from "./test-support/codes.js";
import { httpServer, type LocalServer, scripted, tcpServer } from "./test-support/local-server.js";

const MAX_BYTES = 8 * 2 ** 20;

function openFetch(options: Partial<GuardedFetchOptions> = {}): GuardedFetch {
  const fetch = createGuardedFetch({
    allowPrivate: true,
    timeoutMs: 30_000,
    maxBytes: MAX_BYTES,
    ...options,
  });
  onTestFinished(() => fetch.close());
  return fetch;
}

async function ask(url: URL, request: Partial<FetchRequest> = {}): Promise<FetchAnswer> {
  return openFetch()({ method: "GET", url, headers: {}, ...request });
}

/** A server that answers with this body. */
async function serving(
  body: string | Uint8Array,
  headers: Record<string, string> = {},
): Promise<LocalServer> {
  return httpServer((_, response) => void response.writeHead(200, headers).end(body));
}

const text = ({ body }: FetchAnswer): string => new TextDecoder().decode(body);

describe("bodies", () => {
  it.each([
    ["identity", (plain: string) => Buffer.from(plain)],
    ["gzip", gzipSync],
    ["X-GZIP", gzipSync],
    ["deflate", deflateSync],
    [" br ", brotliCompressSync],
  ] as const)("of encoding %j are read", async (encoding, compress) => {
    const { url } = await serving(compress("a model's answer"), { "content-encoding": encoding });
    expect(text(await ask(url))).toBe("a model's answer");
  });

  it.each([
    ["gzip", gzipSync],
    ["deflate", deflateSync],
    ["br", brotliCompressSync],
  ] as const)("that are bombs of %s are not expanded", async (encoding, compress) => {
    const bomb = compress(Buffer.alloc(4 * 2 ** 20));
    expect(bomb.length).toBeLessThan(8000);
    const { url } = await serving(bomb, { "content-encoding": encoding });
    expect(await codeOf(() => ask(url))).toBe("SUSPECT_TOO_LARGE");
  });

  it.each([
    ["gzip", gzipSync],
    ["deflate", deflateSync],
    ["br", brotliCompressSync],
  ] as const)(
    "of %s are read up to the limit, where they expand within reason",
    async (encoding, compress) => {
      const cells = Buffer.from(Array.from({ length: 50_000 }, (_, i) => Math.sin(i).toFixed(6)).join());
      const { url } = await serving(compress(cells), { "content-encoding": encoding });
      const request: FetchRequest = { method: "GET", url, headers: {} };
      const just = await openFetch({ maxBytes: cells.length })(request);
      expect(Buffer.from(just.body).equals(cells)).toBe(true);
      const narrow = openFetch({ maxBytes: cells.length - 1 });
      expect(await codeOf(() => narrow(request))).toBe("SUSPECT_TOO_LARGE");
    },
  );

  it("that are too large end the connection, whether they say so or not", async () => {
    let written = 0;
    const endless = await httpServer(async (_, response) => {
      response.writeHead(200);
      while (!response.destroyed && written < 1000) {
        response.write(Buffer.alloc(2 ** 16));
        written++;
        await sleep(1);
      }
    });
    const stated = await tcpServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", () => socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 999999999999\r\n\r\n`));
      socket.once("data", () => socket.write(Buffer.alloc(2 ** 18)));
    });
    const fetch = openFetch({ maxBytes: 2 ** 17 });
    expect(await codeOf(() => fetch({ method: "GET", url: endless.url, headers: {} }))).toBe(
      "SUSPECT_TOO_LARGE",
    );
    await sleep(20);
    expect(written).toBeLessThan(200);
    expect(await codeOf(() => fetch({ method: "GET", url: stated.url, headers: {} }))).toBe(
      "SUSPECT_TOO_LARGE",
    );
  });

  it("that expand to nothing are counted as they are sent", async () => {
    const nothing = Buffer.concat(Array.from({ length: 5000 }, () => gzipSync("")));
    const { url } = await serving(nothing, { "content-encoding": "gzip" });
    const request: FetchRequest = { method: "GET", url, headers: {} };
    expect((await openFetch({ maxBytes: nothing.length })(request)).body).toHaveLength(0);
    expect(await codeOf(() => openFetch({ maxBytes: 50_000 })(request))).toBe("SUSPECT_TOO_LARGE");
  });

  it.each(["gzip", "deflate", "br"])("that are no %s are not HTTP as it should be", async (encoding) => {
    const { url } = await serving("certainly not compressed", { "content-encoding": encoding });
    expect(await codeOf(() => ask(url))).toBe("SUSPECT_PROTOCOL");
  });

  it.each(["gzip, gzip", "zstd", "compress", "%00"])("of encoding %j are refused", async (encoding) => {
    const { url } = await serving(gzipSync(gzipSync("x")), { "content-encoding": encoding });
    expect(await codeOf(() => ask(url))).toBe("SUSPECT_PROTOCOL");
  });

  it.each([
    ["a length that is not reached", "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"],
    ["a chunk that does not end", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n10\r\n{"],
    ["chunks that do not end", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\n{\r\n"],
  ])("that are cut short: %s", async (_, script) => {
    const { url } = await scripted(script);
    expect(await codeOf(() => ask(url))).toBe("SUSPECT_CUT_SHORT");
  });
});

describe("what does not answer", () => {
  it.each([
    ["words", "hello, who are you\r\n\r\n"],
    ["another protocol", "SSH-2.0-OpenSSH_9.6\r\n"],
    ["a TLS alert", Buffer.from([0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x46])],
    ["a status that is none", "HTTP/1.1 XX OK\r\n\r\n"],
    [
      "both a length and chunks",
      "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
    ["two lengths", "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n{}"],
    ["a header without a name", "HTTP/1.1 200 OK\r\n: x\r\n\r\n"],
    ["headers without end", `HTTP/1.1 200 OK\r\nx: ${"x".repeat(100_000)}`],
  ])("as HTTP does: %s", async (_, script) => {
    const { url } = await scripted(script);
    expect(await codeOf(() => ask(url))).toBe("SUSPECT_PROTOCOL");
  });

  it.each([
    ["nothing at all", ""],
    ["half a header", "HTTP/1.1 200 OK\r\nconten"],
  ])("and ends: %s", async (_, script) => {
    const { url } = await scripted(script);
    expect(await codeOf(() => ask(url))).toBe("SUSPECT_UNREACHABLE");
  });

  it("because nobody listens, or it speaks no TLS", async () => {
    const { port } = await scripted("");
    const gone = new URL("http://127.0.0.1:1/");
    expect(await codeOf(() => ask(gone))).toBe("SUSPECT_UNREACHABLE");
    expect(await codeOf(() => ask(new URL(`https://127.0.0.1:${port}/`)))).toBe("SUSPECT_UNREACHABLE");
  });

  it.each([
    ["silent", ""],
    ["slow to begin", "HTTP/1.1 200 OK\r\n"],
    ["slow to end", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{"],
    ["dripping", null],
  ])("in time: %s", async (_, script) => {
    const { url } = await tcpServer((socket) => {
      socket.on("error", () => undefined);
      if (script !== null) return void socket.write(script);
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n");
      const drip = setInterval(() => socket.write("x"), 20);
      socket.on("close", () => clearInterval(drip));
    });
    const fetch = openFetch({ timeoutMs: 150 });
    expect(await codeOf(() => fetch({ method: "GET", url, headers: {} }))).toBe("SUSPECT_TIMEOUT");
  });

  it("because the fetch was closed", async () => {
    const { url } = await tcpServer((socket) => void socket.on("error", () => undefined));
    const fetch = openFetch();
    const asked = codeOf(() => fetch({ method: "GET", url, headers: {} }));
    await sleep(30);
    await fetch.close();
    expect(await asked).toBe("SUSPECT_CLOSED");
    expect(await codeOf(() => fetch({ method: "GET", url, headers: {} }))).toBe("SUSPECT_CLOSED");
  });
});

describe("redirects", () => {
  const post = { method: "POST", body: new TextEncoder().encode("rows") } as const;
  const headers = { authorization: "secret", "x-key": "secret", "content-type": "text/plain" };

  it.each([307, 308])("of status %i keep method, body and, on one origin, credentials", async (status) => {
    const { url } = await httpServer((request, response, body) => {
      if (request.url === "/") return void response.writeHead(status, { location: "there?a=b" }).end();
      const { authorization } = request.headers;
      response.end(`${request.method} ${request.url} ${body.toString()} ${authorization}`);
    });
    expect(text(await ask(url, { ...post, headers }))).toBe("POST /there?a=b rows secret");
  });

  it("to another origin carry no credentials", async () => {
    const other = await httpServer((request, response) => void response.end(JSON.stringify(request.headers)));
    const { url } = await httpServer((_, response) => {
      response.writeHead(307, { location: other.url.href }).end();
    });
    const answer = await ask(url, { ...post, headers });
    expect(text(answer)).not.toContain("secret");
    expect(JSON.parse(text(answer))).toMatchObject({ "content-type": "text/plain" });
  });

  it.each([301, 302, 303])("of status %i lose what was asked and are refused", async (status) => {
    let requests = 0;
    const { url } = await httpServer((_, response) => {
      requests++;
      response.writeHead(status, { location: "/there" }).end();
    });
    expect(await codeOf(() => ask(url, post))).toBe("SUSPECT_REDIRECT");
    expect(requests).toBe(1);
  });

  it("leave no host for another where private addresses are allowed", async () => {
    let asked = 0;
    const other = await httpServer((_, response) => void response.end(`${++asked}`));
    const elsewhere = new URL(other.url);
    elsewhere.hostname = "127.0.0.2";
    const { url } = await httpServer((_, response) => {
      response.writeHead(307, { location: elsewhere.href }).end();
    });
    expect(await codeOf(() => ask(url))).toBe("SUSPECT_REDIRECT");
    expect(asked).toBe(0);
  });

  it("are followed three times and no more", async () => {
    const { url } = await httpServer((request, response) => {
      const left = Number(request.url?.slice(1));
      if (left === 0) return void response.end("there");
      response.writeHead(302, { location: `/${left - 1}` }).end();
    });
    expect(text(await ask(new URL("/3", url)))).toBe("there");
    expect(await codeOf(() => ask(new URL("/4", url)))).toBe("SUSPECT_REDIRECT");
  });

  it("to nowhere are refused, and without a location are answers", async () => {
    const bad = await httpServer(
      (_, response) => void response.writeHead(307, { location: "http://" }).end(),
    );
    expect(await codeOf(() => ask(bad.url))).toBe("SUSPECT_REDIRECT");
    const none = await httpServer((_, response) => void response.writeHead(304).end());
    expect((await ask(none.url)).status).toBe(304);
  });

  it("count their time together", async () => {
    const { url } = await httpServer(async (_, response) => {
      await sleep(70);
      response.writeHead(302, { location: "/" }).end();
    });
    const fetch = openFetch({ timeoutMs: 120 });
    expect(await codeOf(() => fetch({ method: "GET", url, headers: {} }))).toBe("SUSPECT_TIMEOUT");
  });
});

it("reads one answer at a time per connection, each from its own request", async () => {
  const { url } = await httpServer(async (request, response) => {
    await sleep(request.url === "/0" ? 30 : 1);
    response.end(request.url);
  });
  const fetch = openFetch();
  const paths = ["/0", "/1", "/2", "/3"];
  const answers = await Promise.all(
    paths.map((each) => fetch({ method: "GET", url: new URL(each, url), headers: {} })),
  );
  expect(answers.map(text)).toEqual(paths);
});
