import { serve } from "@hono/node-server";
import { openSession } from "@indicia/runtime/session";
import { Hono } from "hono";
import { bareTensor, bareRows } from "./bare-rows.js";

/**
 * What the gateway is measured against: one model behind the shortest Hono route around `session.run` that takes and
 * gives the same JSON, with the same settings of the runtime and no checks at all.
 */
const session = await openSession(process.argv[2] ?? "");
const [input] = session.inputs;
const [output] = session.outputs;
if (input === undefined || output === undefined) throw new TypeError("a model with an input and an output");

const app = new Hono();
app.post("/v1/models/model/predict", async (c) => {
  const { rows } = (await c.req.json()) as { rows: number[][] };
  const answers = await session.run({ [input.name]: bareTensor(input, rows) }, [output.name]);
  return c.json({ rows: bareRows(answers[output.name], rows.length) });
});
serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) => {
  process.stdout.write(`${JSON.stringify({ address: `http://127.0.0.1:${port}` })}\n`);
});
process.once("SIGTERM", () => process.exit(0));
