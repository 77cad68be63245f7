import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type RandomNumbers, randomNumbers } from "@indicia/data/random-numbers";
import { calibrate } from "@indicia/defence/monitor/calibrate";
import type { Calibration } from "@indicia/defence/monitor/calibration";
import { openQueryLog, type QueryLogFile } from "@indicia/evidence/query-log-file";
import type { Hono } from "hono";
import type { NewKey } from "../access/api-key.js";
import { openKeyDesk } from "../access/key-desk.js";
import { addKey, type KeyRequest } from "../access/key-file.js";
import { adminApp } from "../admin/admin-app.js";
import type { AdminEvent } from "../admin/api-routes.js";
import { createApp } from "../app.js";
import { accessDefence } from "../defences/access.js";
import { limitsDefence } from "../defences/limits.js";
import { monitorDefence } from "../defences/monitor.js";
import { inOrder } from "../defences/order.js";
import { GatewayError } from "../error.js";
import { queryLogDefence } from "../defences/query-log.js";
import { memoryCounts } from "../limits/memory-counts.js";
import type { LimitRule } from "../limits/rules.js";
import { forgiver } from "../monitor/forgive.js";
import { observedRows } from "../monitor/observed-rows.js";
import { createLog } from "../ops/log.js";
import { createMetrics } from "../ops/metrics.js";
import { createObservations } from "../ops/observations.js";
import { opsApp } from "../ops/ops-app.js";
import { openTraces } from "../ops/traces.js";
import { watchRequests } from "../ops/watch.js";
import type { LiveModel } from "../serving/live-model.js";
import { fixedModels } from "../serving/models.js";

const WIDTH = 6;
const CLASSES = 4;
/** Budget of distinct information: at 72 bits a row, 500 rows. */
const BUDGET_BITS = 36_000;
export const MOST_REQUESTS = 8;
const RULES: readonly LimitRule[] = [
  { per: "account", model: null, count: "requests", most: MOST_REQUESTS, seconds: 3600 },
  { per: "account", model: "*", count: "bits", most: BUDGET_BITS, seconds: null },
  { per: "key", model: null, count: "rows", most: 100_000, seconds: 3600 },
];

/** A gateway with access control, limits, a calibrated monitor and a query log, and the page that shows them. */
export interface WatchedGateway {
  readonly clients: Hono;
  readonly ops: Hono;
  /** By name: admin, ada, ada-2 (of account ada too), bob, mallory. */
  readonly keys: ReadonlyMap<string, NewKey>;
  /** Whether the counts of the limits are out of reach of the page. */
  countsGone: boolean;
  readonly events: readonly AdminEvent[];
  readonly logFolder: string;
  readonly log: QueryLogFile;
  /** Ask about rows as an account. @param shift how far from what is usual they lie. @returns the status */
  ask(key: string, rows: number, shift: number): Promise<number>;
  close(): Promise<void>;
}

export async function watchedGateway(clock: () => Date = () => new Date()): Promise<WatchedGateway> {
  const folder = mkdtempSync(path.join(tmpdir(), "indicia-admin-"));
  const file = path.join(folder, "keys.jsonl");
  const logFolder = path.join(folder, "log");
  const context = { clock, random: (bytes: number) => randomBytes(bytes) };
  const keys = new Map<string, NewKey>();
  for (const [name, request] of REQUESTS) keys.set(name, await addKey(file, request, context));
  const desk = await openKeyDesk({ file, onError: () => undefined });
  const observations = createObservations(clock);
  const counts = memoryCounts();
  const policy = { kind: "full" } as const;
  const log = await openQueryLog(logFolder, { registration: null, clock });
  const monitor = monitorDefence({
    calibration: await calibration(),
    policy: { actions: ["alert"] },
    alerts: null,
    observations,
  });
  const access = accessDefence({ keys: desk, jwt: null, certificates: null });
  const defences = inOrder([
    access,
    limitsDefence({ rules: RULES, counts, policy, observations }),
    monitor,
    queryLogDefence(log),
  ]);
  const models = fixedModels([{ model: MODEL, defences, batch: null }]);
  const metrics = createMetrics();
  const watch = watchRequests({
    metrics,
    log: createLog("silent"),
    traces: await openTraces(null),
    serves: (name) => models.find(name) !== null,
    observations,
  });
  const clients = createApp({ models, access, watch });
  const events: AdminEvent[] = [];
  const admin = adminApp({
    keys: { file, desk },
    observed: observations,
    forgive: forgiver(new Map([[MODEL.name, monitor.monitor]]), observations),
    budgets: {
      rules: RULES,
      rates: counts.rates,
      shown: {
        async charged(windows, now) {
          if (gateway.countsGone) throw new GatewayError("LIMITS_UNREACHABLE", "the database is down", "");
          return await counts.shown.charged(windows, now);
        },
      },
    },
    models: () => [MODEL.name],
    logs: [{ name: MODEL.name, folder: logFolder }],
    context,
    tell: (event) => void events.push(event),
    secureCookie: true,
  });
  const numbers = randomNumbers("questions");
  const gateway: WatchedGateway = {
    clients,
    countsGone: false,
    ops: opsApp({
      metrics,
      health: () => ({ ready: true, models: [MODEL.name] }),
      admin,
    }),
    keys,
    events,
    logFolder,
    log,
    async ask(key, rows, shift) {
      const inputs = [
        { name: "x", shape: [rows, WIDTH], datatype: "FP32", data: Array.from(cloud(numbers, rows, shift)) },
      ];
      const response = await clients.request(`/v2/models/${MODEL.name}/infer`, {
        method: "POST",
        headers: { authorization: `Bearer ${keys.get(key)?.token}` },
        body: JSON.stringify({ inputs }),
      });
      return response.status;
    },
    async close() {
      desk.close();
      await log.close();
      rmSync(folder, { recursive: true });
    },
  };
  return gateway;
}

const request = (account: string, more: Partial<KeyRequest> = {}): KeyRequest => ({
  account,
  organisation: "analytical",
  customer: null,
  scopes: ["shapes:infer"],
  expires: null,
  ...more,
});
const REQUESTS: readonly (readonly [string, KeyRequest])[] = [
  ["admin", request("operations", { organisation: null, scopes: ["*:admin"] })],
  ["ada", request("ada")],
  ["ada-2", request("ada", { expires: "2099-01-01T00:00:00.000Z" })],
  ["bob", request("bob", { scopes: ["*:*"] })],
  ["mallory", request("mallory", { organisation: "shady" })],
];

/** Scores that grow with one of the first inputs each. */
const MODEL: LiveModel = {
  name: "shapes",
  version: "1",
  inputs: [{ name: "x", type: "float32", dims: [null, WIDTH] }],
  outputs: [{ name: "scores", type: "float32", dims: [null, CLASSES] }],
  features: false,
  scores: { output: "scores", classes: CLASSES, tail: "none" },
  run: async ({ x }, rows) => {
    const values = scoresOf(Float64Array.from((x?.data ?? []) as Float32Array), rows);
    return { outputs: {}, scores: { values, logits: values, features: null } };
  },
  close: async () => undefined,
};

function scoresOf(inputs: Float64Array, rows: number): Float64Array {
  return Float64Array.from(
    { length: rows * CLASSES },
    (_, at) => inputs[Math.floor(at / CLASSES) * WIDTH + (at % CLASSES)] ?? 0,
  );
}

/** Rows in clouds, one for each class. */
function cloud(numbers: RandomNumbers, rows: number, shift: number): Float32Array {
  const classes = Array.from({ length: rows }, () => numbers.below(CLASSES));
  return Float32Array.from(
    { length: rows * WIDTH },
    (_, at) => numbers.normal() + shift + (at % WIDTH === classes[Math.floor(at / WIDTH)] ? 4 : 0),
  );
}

async function calibration(): Promise<Calibration> {
  const rows = 3000;
  const data = cloud(randomNumbers("benign"), rows, 0);
  const values = scoresOf(Float64Array.from(data), rows);
  const benign = observedRows(
    "inputs",
    { x: { type: "float32", dims: [rows, WIDTH], data } },
    { rows, classes: CLASSES, values, scale: "logits", logits: values, features: null },
  );
  if (benign === null) throw new TypeError("these inputs are numbers");
  return await calibrate(benign, { classes: CLASSES, space: "inputs", horizon: 300, level: 0.05 });
}
