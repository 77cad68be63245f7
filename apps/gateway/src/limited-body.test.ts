import { type Listening, listen } from "@indicia/service/listen";
import { Hono } from "hono";
import { afterEach, expect, it } from "vitest";
import { limitedBody } from "./limited-body.js";

const reading = new Hono().post("/", limitedBody(1000), async (c) => c.text(await c.req.text()));
let server: Listening | null = null;
afterEach(async () => {
  await server?.close();
});

it("a body that is too large is answered 413, said or not", async () => {
  server = await listen(reading, { port: 0, host: "127.0.0.1" });
  const said = await fetch(server.address, { method: "POST", body: "y".repeat(1001) });
  expect(said.status).toBe(413);
  const stream = new ReadableStream({
    pull: (controller) => controller.enqueue(new TextEncoder().encode("y".repeat(400))),
  });
  const unsaid = await fetch(server.address, { method: "POST", body: stream, duplex: "half" });
  expect(unsaid.status).toBe(413);
  expect((await fetch(server.address, { method: "POST", body: "y" })).status).toBe(200);
});
