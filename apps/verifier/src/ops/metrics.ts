import type { Context } from "hono";
import { collectDefaultMetrics, Counter, Histogram, Registry } from "prom-client";

/** Seconds: a remembered row takes less than the first, the registration of an upload more than the last. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** One request that was answered, in words of which there are few. */
export interface AnsweredRequest {
  readonly method: string;
  /** The route's pattern, such as `/api/v1/models/:id`. */
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
}

/** What is counted of a verifier. */
export interface Metrics {
  /** To which others add what they count. */
  readonly registry: Registry;
  readonly answered: (request: AnsweredRequest) => void;
  /** The figures in the text format of Prometheus. */
  readonly text: () => Promise<{ readonly contentType: string; readonly body: string }>;
}

/** Figures of one process. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const requests = new Counter({
    name: "indicia_verifier_requests_total",
    help: "Requests answered, by method, route and status",
    labelNames: ["method", "route", "status"],
    registers,
  });
  const seconds = new Histogram({
    name: "indicia_verifier_request_seconds",
    help: "Time from a request's headers to its answer, by method and route",
    labelNames: ["method", "route"],
    buckets: SECONDS,
    registers,
  });
  return {
    registry,
    answered({ method, route, status, seconds: taken }) {
      requests.inc({ method, route, status });
      seconds.observe({ method, route }, taken);
    },
    text: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
  };
}

/** Answer with the figures. */
export async function showMetrics(c: Context, metrics: Metrics): Promise<Response> {
  const { contentType, body } = await metrics.text();
  return c.body(body, 200, { "content-type": contentType });
}
