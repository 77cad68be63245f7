import { thrownCode } from "@indicia/testkit/thrown-code";
import { expect, test } from "vitest";
import { addressAt, listen } from "./listen.js";

const APP = { fetch: () => new Response("here") };

test("a port that another program has is told as what it is", async () => {
  const first = await listen(APP, { host: "127.0.0.1", port: 0 });
  const port = Number(new URL(first.address).port);
  const second = listen(APP, { host: "127.0.0.1", port });
  await expect(second).rejects.toMatchObject({
    code: "CONFIG_INVALID",
    message: expect.stringContaining(`port ${port}: another program`),
    hint: expect.stringContaining("--port"),
  });
  await first.close();
});

test("so is an address that the machine does not have", async () => {
  // TEST-NET-1 (RFC 5737) is nobody's.
  expect(await thrownCode(() => listen(APP, { host: "192.0.2.1", port: 0 }))).toBe("CONFIG_INVALID");
});

test("an address of IPv6 stands in brackets", () => {
  expect(addressAt("https", "::1", 443)).toBe("https://[::1]:443");
});
