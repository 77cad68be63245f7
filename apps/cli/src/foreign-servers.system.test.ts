import { writeFileSync } from "node:fs";
import type { PythonEnvironment } from "@indicia/testkit/python";
import { type PythonServer, serverEnvironment, startPythonServer } from "@indicia/testkit/python-servers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Json } from "./demo/programs.js";
import { json } from "./test-support/in-process.js";
import { type Owner, registeredOwner, testModel } from "./test-support/owner.js";

/** Rows asked of each suspect: two looks. */
const BUDGET = "128";
/** An innocent's p stays above it but once in a thousand runs. */
const LEVEL = "1e-6";

let owner: Owner;
let python: PythonEnvironment;
const servers = new Map<string, PythonServer>();

beforeAll(async () => {
  [owner, python] = await Promise.all([registeredOwner({ mark: true }), serverEnvironment()]);
  const args = [`stolen=${owner.at("released.onnx")}`, `innocent=${testModel("innocent-a")}`];
  const started = [
    { script: "serve_mlserver.py", ports: 3, page: "/v2/health/ready" },
    { script: "serve_litserve.py", ports: 1, page: "/health" },
    { script: "serve_gradio.py", ports: 1, page: "/gradio_api/info" },
  ].map(async (options) => {
    servers.set(options.script, await startPythonServer(python, { ...options, args }));
  });
  await Promise.all(started);
}, 420_000);
afterAll(async () => {
  await Promise.all([...servers.values()].map((server) => server.stop()));
  await python.remove();
  owner.remove();
});

/** Address of a server's n-th port. */
function address(script: string, n = 0): string {
  return `http://127.0.0.1:${servers.get(script)?.ports[n] ?? 0}`;
}

/** A configuration as a file of the owner's folder. */
function configured(name: string, config: object): string {
  writeFileSync(owner.at(name), JSON.stringify(config));
  return owner.at(name);
}

const INPUT = { $rows: "image" };
const CLASSES = Array.from({ length: 20 }, (_, c) => String(c));

/** How each server is asked for one of its two models. */
const SERVED: readonly (readonly [name: string, flags: (model: string) => readonly string[]])[] = [
  ["MLServer by REST", (model) => [address("serve_mlserver.py"), "--protocol", "oip", "--model", model]],
  [
    "MLServer by gRPC",
    (model) => [address("serve_mlserver.py", 1), "--protocol", "oip-grpc", "--model", model],
  ],
  [
    "LitServe",
    (model) => {
      const answer = { rows: "/scores", vector: "" };
      const config = configured(`lit-${model}.json`, { path: model, request: { rows: INPUT }, answer });
      return [address("serve_litserve.py"), "--protocol", "json", "--config", config];
    },
  ],
  [
    "Gradio",
    (model) => {
      const config = configured("gradio.json", { classes: CLASSES });
      return [address("serve_gradio.py"), "--protocol", "gradio", "--model", model, "--config", config];
    },
  ],
];

function examined(flags: readonly string[], ...more: readonly string[]): Promise<Json> {
  const asking = ["--allow-private", "--rate", "500", "--budget", BUDGET, "--level", LEVEL];
  return json("examine", ...flags, ...asking, ...owner.claim, ...more);
}

describe.each(SERVED)("%s, serving by onnxruntime of Python", (name, flags) => {
  it("is found out where it serves the marked copy, with evidence that verifies", async () => {
    const evidence = owner.at(`${name}.zip`);
    const report = await examined(flags("stolen"), "--out", evidence);
    expect(report.verdict).toBe("match");
    expect(report.log10P).toBeLessThan(-6);
    expect((await json("evidence", "verify", evidence)).verified).toBe(true);
  });

  it("is left alone where it serves an innocent", async () => {
    expect((await examined(flags("innocent"))).verdict).toBe("inconclusive");
  });
});
