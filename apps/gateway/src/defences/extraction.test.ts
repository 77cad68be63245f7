import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { type FeatureReader, openFeatures } from "@indicia/core/marks/readout/features";
import { outputsBehind } from "@indicia/core/answer-tail";
import { customerCarrier, customerLogits } from "@indicia/core/customer-mark";
import { coordinates, principalBasis } from "@indicia/core/marks/readout/basis";
import { fingerprint } from "@indicia/data/fingerprint";
import { PERTURBATIONS } from "@indicia/defence/perturbation/perturb";
import { sliceRows, type Tensor } from "@indicia/onnx/tensor";
import { decision } from "@indicia/proof/scores";
import { tinyClassifier, tinyInputs } from "@indicia/testkit/tiny-classifier";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { MonitorAction } from "../monitor/actions.js";
import { type Alert, webhookAlerts } from "../monitor/alerts.js";
import { calibrateModel, type CalibrationSummary, readCalibration } from "../monitor/calibrate-model.js";
import { askedFor } from "../test-support/asked.js";
import type { Account, Answer, Asked, ServedModel } from "./defence.js";
import { type MonitorDefence, monitorDefence } from "./monitor.js";
import { perturbationDefence } from "./perturbation.js";

const tiny = tinyClassifier({ features: 48, classes: 6 });
const folder = mkdtempSync(path.join(tmpdir(), "indicia-extraction-"));
const at = (name: string): string => path.join(folder, name);
const KEY = new Uint8Array(32).fill(5);
const SERVED: ServedModel = {
  name: "tiny",
  version: "1",
  inputs: [tiny.input],
  outputs: [{ name: tiny.output, type: "float32", dims: ["N", tiny.classes] }],
  features: true,
  scores: { output: tiny.output, classes: tiny.classes, tail: "softmax" },
};
/** Rows to a request. */
const ROWS = 20;
let reader: FeatureReader;
let summary: CalibrationSummary;

beforeAll(async () => {
  writeFileSync(at("model.onnx"), tiny.bytes);
  summary = await calibrateModel({
    model: at("model.onnx"),
    rows: tinyInputs(tiny, 3000, 1),
    out: at("monitor.json"),
    horizon: 300,
    level: 0.02,
  });
  reader = await openFeatures(tiny.bytes, {
    feature: tiny.feature,
    logits: tiny.logits,
    output: tiny.output,
    pooling: "none",
    features: tiny.features,
    classes: tiny.classes,
  });
});
afterAll(async () => {
  await reader.close();
  rmSync(folder, { recursive: true });
});

const account = (id: string): Account => ({ id, organisation: null, scopes: [], customer: null });
const asking = (id: string, feeds: Readonly<Record<string, Tensor>>, rows: number): Asked => ({
  ...askedFor([], { model: SERVED, account: account(id) }),
  feeds,
  rows,
});

async function answerTo(feeds: Readonly<Record<string, Tensor>>, rows: number): Promise<Answer> {
  const { features, logits, outputs } = await reader.read({ rows, tensors: feeds });
  const input = feeds[tiny.input.name] ?? { type: "float32", dims: [0], data: [] };
  return {
    rows,
    classes: tiny.classes,
    values: outputs,
    scale: "probabilities",
    logits,
    features,
    queries: Array.from({ length: rows }, (_, row) =>
      fingerprint({ [tiny.input.name]: sliceRows(input, row, row + 1) }),
    ),
    changed: new Array<boolean>(rows).fill(false),
  };
}

/** Inputs that are larger than honest ones, as a thief without data makes them. */
function loud(rows: number, seed: number): Record<string, Tensor> {
  const plain = tinyInputs(tiny, rows, seed);
  return Object.fromEntries(
    Object.entries(plain).map(([name, tensor]) => [
      name,
      { ...tensor, data: Float32Array.from(tensor.data as Float32Array, (value) => 3 * value) },
    ]),
  );
}

async function openMonitor(
  actions: readonly MonitorAction[],
  more: Partial<Parameters<typeof monitorDefence>[0]> = {},
): Promise<MonitorDefence> {
  const calibration = await readCalibration(at("monitor.json"));
  return monitorDefence({ calibration, policy: { actions }, alerts: null, ...more });
}

/** Send requests through a monitor; the suspicion of the last. */
async function send(
  monitor: MonitorDefence,
  id: string,
  inputs: (rows: number, seed: number) => Record<string, Tensor>,
  requests: number,
): Promise<Asked> {
  let asked = asking(id, {}, 0);
  for (let i = 0; i < requests; i++) {
    const feeds = inputs(ROWS, 1000 + i);
    asked = asking(id, feeds, ROWS);
    await monitor.admit?.(asked);
    const answer = await answerTo(feeds, ROWS);
    expect(await monitor.change?.(asked, answer)).toBe(answer);
    monitor.learn?.(asked);
  }
  return asked;
}
const honest = (rows: number, seed: number): Record<string, Tensor> => tinyInputs(tiny, rows, seed);

describe("the monitor", () => {
  it("says at its calibration how often it is wrong", () => {
    expect(summary).toMatchObject({ space: "features", rows: 3000, horizon: 300 });
    expect(summary.falseAlarms).toBeLessThan(0.06);
  });

  it("lets honest traffic pass as it is", async () => {
    const monitor = await openMonitor(["perturb", "block"]);
    const { suspicion } = await send(monitor, "alice", honest, 14);
    expect(suspicion).toBeLessThan(1);
    expect(monitor.monitor.standing("alice").flag).toBeNull();
  });

  it("catches the trace of an attack, tells of it, and blocks what follows", async () => {
    const told: string[] = [];
    const monitor = await openMonitor(["log", "perturb", "block"], {
      log: ({ account: id, reason }, model) => told.push(`${model} ${id} ${reason}`),
    });
    const caught = send(monitor, "mallory", loud, 14);
    await expect(caught).rejects.toMatchObject({ status: 403, code: "ACCOUNT_BLOCKED" });
    expect(told).toEqual([expect.stringMatching(/^tiny mallory \w+$/)]);
    const handOut = async (id: string): Promise<void> =>
      await monitor.handOut?.(askedFor([], { account: account(id), action: "download" }));
    await expect(handOut("mallory")).rejects.toMatchObject({ status: 403, code: "ACCOUNT_BLOCKED" });
    // Others are none the worse for it.
    await send(monitor, "alice", honest, 3);
    await handOut("alice");
  });

  it("slows an account down, or only makes it suspicious, as the policy says", async () => {
    const slow = await openMonitor(["throttle"], { policy: { actions: ["throttle"], throttledRows: 40 } });
    await expect(send(slow, "mallory", loud, 20)).rejects.toMatchObject({
      status: 429,
      retryAfter: 60,
    });
    const watching = await openMonitor(["perturb"]);
    expect((await send(watching, "mallory", loud, 14)).suspicion).toBe(1);
    const silent = await openMonitor(["log"]);
    expect((await send(silent, "mallory", loud, 14)).suspicion).toBe(0);
  });

  it("posts an alert, and goes on where nobody takes it", async () => {
    const bodies: string[] = [];
    const server = createServer((request, response) => {
      request.on("data", (chunk: Buffer) => bodies.push(chunk.toString()));
      request.on("end", () => response.end());
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const bound = server.address();
    const port = typeof bound === "object" && bound !== null ? bound.port : 0;
    const lost: Alert[] = [];
    const open = (allowPrivate: boolean): ReturnType<typeof webhookAlerts> =>
      webhookAlerts({
        url: new URL(`http://127.0.0.1:${port}/alerts`),
        allowPrivate,
        onLost: (alert) => lost.push(alert),
      });
    for (const allowPrivate of [true, false]) {
      const monitor = await openMonitor(["alert"], { alerts: open(allowPrivate) });
      await send(monitor, "mallory", loud, 10);
      await monitor.close?.();
    }
    server.close();
    expect(bodies.map((body) => JSON.parse(body))).toEqual([
      expect.objectContaining({ model: "tiny", account: "mallory" }),
    ]);
    // A private address is not called unless the operator says so.
    expect(lost).toHaveLength(1);
  });
});

it("perturbs more what honest clients do not ask, from the first query on", async () => {
  const monitor = await openMonitor(["perturb"]);
  const perturbation = perturbationDefence(SERVED, {
    kind: "widest-angle",
    key: KEY,
    budget: 0.01,
    unusual: 0.5,
  });
  const moved = await Promise.all(
    [honest, loud].map(async (inputs, i) => {
      const feeds = inputs(200, 50 + i);
      const asked = asking(`new ${i}`, feeds, 200);
      const plain = await answerTo(feeds, 200);
      await monitor.change?.(asked, plain);
      const given = (await perturbation.change?.(asked, plain)) ?? plain;
      return plain.values.reduce((sum, p, place) => sum + Math.abs(p - (given.values[place] ?? 0)) / 400, 0);
    }),
  );
  expect(moved[0]).toBeLessThan(0.05);
  expect(moved[1]).toBeGreaterThan(3 * (moved[0] ?? 1));
});

describe.each(PERTURBATIONS)("perturbation by %s", (kind) => {
  const budget = 0.05;
  const change = async (asked: Asked, answer: Answer): Promise<Answer> =>
    (await perturbationDefence(SERVED, { kind, key: KEY, budget }).change?.(asked, answer)) ?? answer;

  it("keeps every label as it is sent, and honest answers within the budget", async () => {
    const feeds = honest(200, 7);
    const plain = await answerTo(feeds, 200);
    for (const suspicion of [0, 1]) {
      const given = await change({ ...asking("alice", feeds, 200), suspicion }, plain);
      const [sent, before] = [given, plain].map(({ values }) => Float64Array.from(Float32Array.from(values)));
      let variation = 0;
      for (let row = 0; row < 200; row++) {
        expect(decision(sent ?? new Float64Array(0), row, tiny.classes)).toBe(
          decision(before ?? new Float64Array(0), row, tiny.classes),
        );
        let own = 0;
        for (let c = 0; c < tiny.classes; c++)
          own +=
            Math.abs((sent?.[row * tiny.classes + c] ?? 0) - (before?.[row * tiny.classes + c] ?? 0)) / 2;
        expect(own).toBeLessThanOrEqual((suspicion === 0 ? budget : 0.5) + 1e-6);
        variation += own / 200;
      }
      expect(variation).toBeGreaterThan(0.01);
    }
  });

  it("says the same to the same account and query", async () => {
    const feeds = honest(5, 8);
    const plain = await answerTo(feeds, 5);
    const first = await change(asking("alice", feeds, 5), plain);
    expect(await change(asking("alice", feeds, 5), plain)).toEqual(first);
  });

  it("leaves a customer's mark to be found", async () => {
    const rows = 1000;
    const feeds = honest(rows, 9);
    const plain = await answerTo(feeds, rows);
    const features = plain.features ?? new Float64Array(0);
    const basis = await principalBasis(features, rows, {
      features: tiny.features,
      dimensions: 40,
      throughOrigin: false,
    });
    const place = { basis, classes: tiny.classes };
    const carrier = customerCarrier(new Uint8Array(32).fill(3), place);
    const logits = customerLogits(
      { rows, features, logits: plain.logits ?? new Float64Array(0) },
      { carrier, place, strength: 0.1 },
    );
    const marked = {
      ...plain,
      logits,
      values: outputsBehind("softmax", logits, { rows, classes: tiny.classes }),
    };
    const phi = coordinates(basis, features, rows);
    /** T of the residual P^T E / n against a carrier. */
    const found = ({ values: given }: Answer, signs: Int8Array, against: Answer = plain): number => {
      let dot = 0;
      let squares = 0;
      for (let k = 0; k < basis.dimensions; k++) {
        for (let c = 0; c < tiny.classes; c++) {
          let sum = 0;
          for (let row = 0; row < rows; row++)
            sum +=
              (phi[row * basis.dimensions + k] ?? 0) *
              ((given[row * tiny.classes + c] ?? 0) - (against.values[row * tiny.classes + c] ?? 0));
          dot += sum * (signs[k * tiny.classes + c] ?? 0);
          squares += sum * sum;
        }
      }
      return dot / Math.sqrt(squares);
    };
    const given = await change(asking("alice", feeds, rows), marked);
    expect(found(marked, carrier)).toBeGreaterThan(7);
    expect(found(given, carrier)).toBeGreaterThan(4);
    expect(Math.abs(found(given, customerCarrier(new Uint8Array(32).fill(4), place)))).toBeLessThan(4);
    // However much a flagged account's answers change, it is their unmarked part that decides how.
    const flagged = { ...asking("mallory", feeds, rows), suspicion: 1 };
    const strong = await change(flagged, { ...marked, ...(plain.logits && { unmarked: plain.logits }) });
    expect(found(strong, carrier, await change(flagged, plain))).toBeGreaterThan(5);
  });
});

it("leaves scores alone that are no distribution", async () => {
  const served = { scores: { output: "y", classes: 6, tail: "sigmoid" } } as const;
  expect(perturbationDefence(served, { kind: "keyed-noise", key: KEY }).change).toBeUndefined();
  expect(perturbationDefence({ scores: null }, { kind: "keyed-noise", key: KEY }).change).toBeUndefined();
});
