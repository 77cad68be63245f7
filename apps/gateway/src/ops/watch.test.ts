import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { InMemorySpanExporter } from "@opentelemetry/sdk-trace";
import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import { answerError } from "../answer-error.js";
import { BadRequest } from "../bad-request.js";
import type { LogLevel } from "@indicia/service/log-level";
import { Refusal } from "../defences/refusal.js";
import { createLog } from "./log.js";
import { createMetrics, type Metrics } from "./metrics.js";
import { notesOf } from "./notes.js";
import { opsApp } from "./ops-app.js";
import { openTraces, type Traces } from "./traces.js";
import { watchRequests } from "./watch.js";

const untraced = await openTraces(null);

interface Watched {
  readonly app: Hono;
  readonly metrics: Metrics;
  readonly lines: () => Record<string, unknown>[];
}

function watched({ level = "info", traces = untraced }: { level?: LogLevel; traces?: Traces } = {}): Watched {
  const written: string[] = [];
  const metrics = createMetrics();
  const log = createLog(level, { write: (line) => void written.push(line) });
  const app = new Hono();
  app.onError(answerError);
  app.use(watchRequests({ metrics, log, traces, serves: (model) => model === "m" }));
  app.post("/v2/models/:name/infer", (c) => {
    const notes = notesOf(c);
    if (notes !== null) Object.assign(notes, { rows: 3, account: "ada" });
    const asked = c.req.query("do");
    if (asked === "refuse") throw new Refusal(429, "RATE_LIMITED", "too much", { retryAfter: 5 });
    if (asked === "mistake") throw new BadRequest("what is this");
    if (asked === "break") throw new TypeError("a secret place broke");
    return c.json({});
  });
  return { app, metrics, lines: () => written.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

const ask = (app: Hono, what = "", model = "m"): Response | Promise<Response> =>
  app.request(`/v2/models/${model}/infer${what === "" ? "" : `?do=${what}`}`, {
    method: "POST",
    headers: { authorization: "Bearer indicia_secret", "x-api-key": "indicia_other", "user-agent": "test" },
  });

describe("figures", () => {
  it("count what was answered, refused and failed, by models that there are", async () => {
    const { app, metrics } = watched();
    for (const what of ["", "", "refuse", "mistake", "break"]) await ask(app, what);
    for (let i = 0; i < 50; i++) await ask(app, "", `guess${i}`);
    await app.request("/nowhere/17");
    const { body } = await metrics.text();
    for (const line of [
      'indicia_requests_total{model="m",route="/v2/models/:name/infer",status="200"} 2',
      'indicia_requests_total{model="m",route="/v2/models/:name/infer",status="429"} 1',
      'indicia_requests_total{model="m",route="/v2/models/:name/infer",status="500"} 1',
      'indicia_requests_total{model="",route="/v2/models/:name/infer",status="200"} 50',
      'indicia_requests_total{model="",route="other",status="404"} 1',
      'indicia_refusals_total{model="m",code="RATE_LIMITED"} 1',
      'indicia_refusals_total{model="m",code="BAD_REQUEST"} 1',
      'indicia_request_rows_sum{model="m"} 6',
      'indicia_request_seconds_count{model="m",route="/v2/models/:name/infer"} 5',
    ])
      expect(body).toContain(`${line}\n`);
    expect(body).not.toContain("guess");
  });

  it("are shown with health, where they are asked for", async () => {
    const { metrics } = watched();
    let waiting = 7;
    metrics.watch({ name: "indicia_waiting_rows", help: "Rows that wait" }, () => ({ m: waiting }));
    const app = opsApp({
      metrics,
      health: () => ({ ready: waiting > 5, models: ["m"] }),
    });
    const page = await app.request("/metrics");
    expect(page.headers.get("content-type")).toContain("text/plain");
    expect(await page.text()).toContain('indicia_waiting_rows{model="m"} 7\n');
    expect(await (await app.request("/health")).json()).toEqual({ ready: true, models: ["m"] });
    waiting = 3;
    expect(await (await app.request("/metrics")).text()).toContain('indicia_waiting_rows{model="m"} 3\n');
    expect((await app.request("/health")).status).toBe(503);
  });
});

describe("logs", () => {
  it("say what happened, under the name that the client was given", async () => {
    const { app, lines } = watched();
    const response = await ask(app);
    await ask(app, "refuse");
    await ask(app, "break");
    const [answered, refused, failed] = lines();
    expect(answered).toMatchObject({
      level: "info",
      msg: "answered",
      method: "POST",
      model: "m",
      status: 200,
      rows: 3,
      account: "ada",
      requestId: response.headers.get("x-request-id"),
      ms: expect.any(Number),
    });
    expect(refused).toMatchObject({ level: "warn", status: 429, refusal: "RATE_LIMITED", rows: 0 });
    expect(failed).toMatchObject({
      level: "error",
      status: 500,
      error: { name: "TypeError", message: "a secret place broke" },
    });
  });

  it("never hold what shows who somebody is", async () => {
    const { app, lines } = watched({ level: "debug" });
    await ask(app);
    const [line] = lines();
    expect(line?.["headers"]).toEqual({
      authorization: "[taken out]",
      "x-api-key": "[taken out]",
      "user-agent": "test",
    });
    expect(JSON.stringify(lines())).not.toContain("indicia_");
  });

  it("can be silent", async () => {
    const { app, lines } = watched({ level: "silent" });
    await ask(app, "break");
    expect(lines()).toEqual([]);
  });
});

describe("traces", () => {
  const config = { endpoint: "http://127.0.0.1:1/v1/traces", ratio: 1 };

  it("tell of every request, or of none", async () => {
    for (const ratio of [1, 0]) {
      const exporter = new InMemorySpanExporter();
      let told: ReturnType<InMemorySpanExporter["getFinishedSpans"]> = [];
      // What was sent is forgotten at the end.
      exporter.shutdown = async () => {
        told = [...exporter.getFinishedSpans()];
      };
      const traces = await openTraces({ ...config, ratio }, exporter);
      const { app } = watched({ traces });
      await ask(app);
      await ask(app, "break");
      await traces.close();
      expect(
        told.map(({ name, attributes, status }) => [
          name,
          attributes["http.response.status_code"],
          status.code,
        ]),
      ).toEqual(
        ratio === 0
          ? []
          : [
              ["POST /v2/models/m/infer", 200, 0],
              ["POST /v2/models/m/infer", 500, 2],
            ],
      );
    }
  });

  it("go to a collector over HTTP", async () => {
    const got: string[] = [];
    const server = createServer((request, response) => {
      request.setEncoding("utf8").on("data", (part: string) => got.push(part));
      request.on("end", () => response.setHeader("content-type", "application/json").end("{}"));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const traces = await openTraces({
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`,
      ratio: 1,
    });
    await ask(watched({ traces }).app);
    await traces.close();
    server.closeAllConnections();
    server.close();
    const text = got.join("");
    expect(text).toContain("indicia-gateway");
    expect(text).toContain("POST /v2/models/m/infer");
  });
});
