import { expect, test } from "vitest";
import { addressAt, listen } from "./listen.js";
import { listenRefusal } from "./listen-refusal.js";

const APP = { fetch: () => new Response("here") };

/** What is told of an attempt to listen. */
async function refusalAt(host: string, port: number): Promise<ReturnType<typeof listenRefusal>> {
  try {
    await (await listen(APP, { host, port })).close();
  } catch (cause) {
    return listenRefusal(cause, { host, port });
  }
  throw new RangeError("it listens");
}

test("a port that another program has is told as what it is", async () => {
  const first = await listen(APP, { host: "127.0.0.1", port: 0 });
  const port = Number(new URL(first.address).port);
  expect(await refusalAt("127.0.0.1", port)).toEqual({
    message: expect.stringContaining(`port ${port}: another program`),
    hint: expect.stringContaining("--port"),
  });
  await first.close();
});

test("so is an address that the machine does not have", async () => {
  // TEST-NET-1 (RFC 5737) is nobody's.
  expect(await refusalAt("192.0.2.1", 0)).toMatchObject({ hint: expect.stringContaining("--host") });
});

test("any other error stays what it is", () => {
  expect(listenRefusal(new Error("broken"), { host: "::1", port: 1 })).toBeNull();
});

test("an address of IPv6 stands in brackets", () => {
  expect(addressAt("https", "::1", 443)).toBe("https://[::1]:443");
});
