import { type Figures, openFigures, REQUEST_SECONDS } from "@indicia/service/figures";
import { Counter, Histogram } from "prom-client";

/** One request that was answered, in words of which there are few. */
export interface AnsweredRequest {
  readonly method: string;
  /** The route's pattern, such as `/api/v1/models/:id`. */
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
}

/** What is counted of a verifier. */
export interface Metrics extends Figures {
  readonly answered: (request: AnsweredRequest) => void;
}

/** Figures of one process. */
export function createMetrics(): Metrics {
  const figures = openFigures();
  const registers = [figures.registry];
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
    buckets: REQUEST_SECONDS,
    registers,
  });
  return {
    ...figures,
    answered({ method, route, status, seconds: taken }) {
      requests.inc({ method, route, status });
      seconds.observe({ method, route }, taken);
    },
  };
}
