import type { LookupAddress, LookupOptions } from "node:dns";
import { connect as connectTcp } from "node:net";
import type { buildConnector } from "undici";
import { describe, expect, it, onTestFinished } from "vitest";
import { type ConnectOptions, checkedConnect, checkUrl } from "./checked-connect.js";
import { createGuardedFetch, type FetchAnswer, type GuardedFetchOptions } from "./guarded-fetch.js";
import { codeOf } from "./test-support/codes.js";
import { canary, httpServer } from "./test-support/local-server.js";

type Lookup = NonNullable<ConnectOptions["lookup"]>;

/** A resolver whose answer is the test's. */
function resolver(addresses: readonly string[]): { lookup: Lookup; readonly asked: string[] } {
  const asked: string[] = [];
  const lookup = (
    host: string,
    _: LookupOptions,
    done: (error: Error | null, addresses: LookupAddress[]) => void,
  ): void => {
    asked.push(host);
    done(
      null,
      addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
    );
  };
  return { lookup: lookup as Lookup, asked };
}

/** Sockets that lead to loopback and say they led to `claimed`, for one host; others are reached as they should be. */
function disguised(host: string, port: number, claimed: string): buildConnector.connector {
  const honest = checkedConnect({ allowPrivate: false, lookup: resolver(["127.0.0.1"]).lookup }, () => {});
  return (target, done) => {
    if (target.hostname !== host) return honest(target, done);
    const socket = connectTcp(port, "127.0.0.1", () => done(null, socket));
    Object.defineProperty(socket, "remoteAddress", { value: claimed });
  };
}

async function ask(url: string, options: Partial<GuardedFetchOptions> = {}): Promise<FetchAnswer> {
  const fetch = createGuardedFetch({ allowPrivate: false, timeoutMs: 30_000, maxBytes: 1000, ...options });
  onTestFinished(() => fetch.close());
  return fetch({ method: "GET", url: new URL(url), headers: { authorization: "secret" } });
}

describe("addresses of one's own network", () => {
  it.each([
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "0.0.0.0",
    "0",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:7f00:0001]",
    "[64:ff9b::7f00:1]",
    "１２７.0.0.1",
    "localhost",
    "LOCALHOST",
  ])("%s is refused, and not even connected to", async (host) => {
    const server = await canary();
    expect(await codeOf(() => ask(`http://${host}:${server.port}/`))).toBe("SUSPECT_ADDRESS");
    expect(server.connections).toBe(0);
  });

  it.each([
    "10.0.0.1",
    "10.255.255.255",
    "169.254.169.254",
    "172.16.0.1",
    "192.168.0.1",
    "100.64.0.1",
    "[fd00:ec2::254]",
    "[fe80::1]",
  ])("%s is refused", (host) => {
    expect(() => checkUrl(new URL(`http://${host}/`), { allowPrivate: false })).toThrow(
      expect.objectContaining({ code: "SUSPECT_ADDRESS" }),
    );
    expect(() => checkUrl(new URL(`http://${host}/`), { allowPrivate: true })).not.toThrow();
  });

  it("are reached where that is allowed, and who was reached is told", async () => {
    const four = await httpServer((_, response) => void response.end("ok"));
    const six = await httpServer((_, response) => void response.end("ok"), "::1");
    const allowPrivate = true;
    expect(await ask(four.url.href, { allowPrivate })).toMatchObject({ status: 200, address: "127.0.0.1" });
    expect(await ask(six.url.href, { allowPrivate })).toMatchObject({ status: 200, address: "::1" });
    const { lookup } = resolver(["127.0.0.1"]);
    expect(await ask(`http://inner.test:${four.port}/`, { allowPrivate, lookup })).toMatchObject({
      address: "127.0.0.1",
      certificate: null,
    });
  });
});

describe("names", () => {
  it.each([
    [["127.0.0.1"]],
    [["::1"]],
    [["::ffff:127.0.0.1"]],
    [["8.8.8.8", "127.0.0.1"]],
    [["127.0.0.1", "8.8.8.8"]],
    [["2606:4700:4700::1111", "::1"]],
  ])("that resolve to %j are refused, and resolved once", async (addresses) => {
    const server = await canary();
    const { lookup, asked } = resolver(addresses);
    expect(await codeOf(() => ask(`http://rebind.test:${server.port}/`, { lookup }))).toBe("SUSPECT_ADDRESS");
    expect(asked).toEqual(["rebind.test"]);
    expect(server.connections).toBe(0);
  });

  it("that resolve to nothing are unreachable", async () => {
    expect(await codeOf(() => ask("http://nothing.test/", { lookup: resolver([]).lookup }))).toBe(
      "SUSPECT_UNREACHABLE",
    );
  });
});

describe("sockets", () => {
  it.each(["127.0.0.1", "::ffff:10.0.0.1", "169.254.169.254", ""])(
    "that reached %j are closed before anything is sent",
    async (claimed) => {
      let requests = 0;
      const server = await httpServer((_, response) => {
        requests++;
        response.end("ok");
      });
      const connect = disguised("public.test", server.port, claimed);
      expect(await codeOf(() => ask("http://public.test/", { connect }))).toBe("SUSPECT_ADDRESS");
      expect(requests).toBe(0);
    },
  );

  it("that reached the public internet are used", async () => {
    const server = await httpServer((_, response) => void response.end("ok"));
    const connect = disguised("public.test", server.port, "93.184.216.34");
    expect(await ask("http://public.test/", { connect })).toMatchObject({
      status: 200,
      address: "93.184.216.34",
    });
  });
});

describe("redirects from the public internet", () => {
  it.each([
    (port: number) => `http://127.0.0.1:${port}/`,
    (port: number) => `http://2130706433:${port}/`,
    (port: number) => `http://[::ffff:127.0.0.1]:${port}/`,
    (port: number) => `//localhost:${port}/`,
    (port: number) => `http://rebind.test:${port}/latest/meta-data`,
    () => "http://169.254.169.254/latest/meta-data/",
    () => "file:///etc/passwd",
    () => "ftp://public.test/",
    () => "http://user:password@public.test/",
    () => "javascript:alert(1)",
  ])("to private and foreign addresses are not followed: %s", async (location) => {
    const inner = await canary();
    let requests = 0;
    const outer = await httpServer((_, response) => {
      requests++;
      response.writeHead(307, { location: location(inner.port) }).end();
    });
    const connect = disguised("public.test", outer.port, "93.184.216.34");
    expect(await codeOf(() => ask("http://public.test/", { connect }))).toBe("SUSPECT_ADDRESS");
    expect(requests).toBe(1);
    expect(inner.connections).toBe(0);
  });
});

describe("checkUrl", () => {
  it.each(["ftp://example.org/", "file:///x", "http://user@example.org/", "https://:p@example.org/"])(
    "refuses %s even where private addresses are allowed",
    (url) => {
      expect(() => checkUrl(new URL(url), { allowPrivate: true })).toThrow(
        expect.objectContaining({ code: "SUSPECT_ADDRESS" }),
      );
    },
  );
});
