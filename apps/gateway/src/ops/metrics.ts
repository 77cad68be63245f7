import { type Figures, openFigures, REQUEST_SECONDS } from "@indicia/service/figures";
import { Counter, Gauge, Histogram } from "prom-client";

/** Rows of one request. */
const ROWS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096];

/** What is watched of monitors. */
export const FLAGGED_ACCOUNTS = {
  name: "indicia_flagged_accounts",
  help: "Accounts that the monitor has flagged",
} as const;

/** What is watched of the file of keys. */
const REFUSED_KEYS = {
  name: "indicia_keys_refused",
  help: "1 while the file of keys cannot be used as it is, and the keys of before are in force; else 0",
} as const;

/** One request that was answered, in words of which there are few. */
export interface AnsweredRequest {
  /** A model that is served, or "" for what is about none. */
  readonly model: string;
  /** The route's pattern, such as /v2/models/:name/infer. */
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
  /** Rows that were answered; 0 for what is no inference. */
  readonly rows: number;
  /** Why it was refused, such as RATE_LIMITED, or null. */
  readonly refusal: string | null;
}

/** What is counted of a gateway. */
export interface Metrics extends Figures {
  answered(request: AnsweredRequest): void;
  /** Show a number that changes, asked for whenever somebody looks. */
  watch(
    shown: { readonly name: string; readonly help: string },
    read: () => Readonly<Record<string, number>>,
  ): void;
  /** Show whether the file of keys is refused, asked for whenever somebody looks. */
  watchKeys(refused: () => boolean): void;
}

/** Figures of one gateway; none is kept by account, of which there may be any number. */
export function createMetrics(): Metrics {
  const figures = openFigures();
  const registers = [figures.registry];
  const requests = new Counter({
    name: "indicia_requests_total",
    help: "Requests answered, by model, route and status",
    labelNames: ["model", "route", "status"],
    registers,
  });
  const seconds = new Histogram({
    name: "indicia_request_seconds",
    help: "Time from a request's headers to its answer, by model and route",
    labelNames: ["model", "route"],
    buckets: REQUEST_SECONDS,
    registers,
  });
  const rows = new Histogram({
    name: "indicia_request_rows",
    help: "Rows of the requests for inference that were answered",
    labelNames: ["model"],
    buckets: ROWS,
    registers,
  });
  const refusals = new Counter({
    name: "indicia_refusals_total",
    help: "Requests that a defence turned away, by model and reason",
    labelNames: ["model", "code"],
    registers,
  });
  return {
    ...figures,
    answered(request) {
      const { model, route } = request;
      requests.inc({ model, route, status: request.status });
      seconds.observe({ model, route }, request.seconds);
      if (request.rows > 0) rows.observe({ model }, request.rows);
      if (request.refusal !== null) refusals.inc({ model, code: request.refusal });
    },
    watch({ name, help }, read) {
      const gauge = new Gauge({
        name,
        help,
        labelNames: ["model"],
        registers,
        collect() {
          this.reset();
          for (const [model, value] of Object.entries(read())) this.set({ model }, value);
        },
      });
      gauge.reset();
    },
    watchKeys(refused) {
      const gauge = new Gauge({
        ...REFUSED_KEYS,
        registers,
        collect() {
          this.set(refused() ? 1 : 0);
        },
      });
      gauge.set(0);
    },
  };
}
