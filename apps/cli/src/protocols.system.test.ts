import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type PythonEnvironment, pythonEnvironment } from "@indicia/testkit/python";
import { type PythonServer, startPythonServer } from "@indicia/testkit/python-servers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Json } from "./demo/programs.js";
import { json } from "./test-support/in-process.js";
import { type Owner, registeredOwner, testModel } from "./test-support/owner.js";

/** Rows asked of each suspect; labels alone say less. */
const BUDGET = { scores: "128", labels: "600" } as const;
/** An innocent's p stays above it but once in a thousand runs. */
const LEVEL = "1e-6";
const REQUIREMENTS = fileURLToPath(
  new URL("../../../packages/testkit/python/servers/requirements-rest.txt", import.meta.url),
);

let owner: Owner;
let python: PythonEnvironment;
const servers = new Map<string, PythonServer>();

beforeAll(async () => {
  [owner, python] = await Promise.all([
    registeredOwner({ mark: true }),
    pythonEnvironment(["--requirement", REQUIREMENTS]),
  ]);
  const stolen = `stolen=${owner.at("released.onnx")}`;
  const innocent = `innocent=${testModel("innocent-a")}`;
  const started = [
    { name: "kserve", script: "serve_kserve.py", page: "/v1/models/stolen", args: [stolen, innocent] },
    { name: "chat", script: "serve_chat.py", page: "/health", args: [stolen, innocent] },
    { name: "mlflow-stolen", script: "serve_mlflow.py", page: "/ping", args: [stolen] },
    { name: "mlflow-innocent", script: "serve_mlflow.py", page: "/ping", args: [innocent] },
  ].map(async ({ name, ...options }) => {
    servers.set(name, await startPythonServer(python, { ...options, ports: 1 }));
  });
  await Promise.all(started);
}, 600_000);
afterAll(async () => {
  await Promise.all([...servers.values()].map((server) => server.stop()));
  await python.remove();
  owner.remove();
});

function address(server: string): string {
  return `http://127.0.0.1:${servers.get(server)?.ports[0] ?? 0}`;
}

/** A configuration as a file of the owner's folder. */
function configured(name: string, config: object): string {
  writeFileSync(owner.at(name), JSON.stringify(config));
  return owner.at(name);
}

/** Names in the reference's order, which its letters stand for. */
const LABELS = Array.from({ length: 20 }, (_, c) => `glyph ${c}`);

const SERVED: readonly (readonly [
  name: string,
  said: keyof typeof BUDGET,
  flags: (model: string) => readonly string[],
])[] = [
  [
    "KServe by TensorFlow Serving's predict API",
    "scores",
    (model) => [address("kserve"), "--protocol", "tf-serving", "--model", model],
  ],
  [
    "KServe by TorchServe's API of that name",
    "scores",
    (model) => [`${address("kserve")}/v1/models/${model}`, "--protocol", "torchserve"],
  ],
  [
    "LitServe by chats",
    "labels",
    (model) => {
      const config = configured("chat.json", { classes: LABELS });
      return [`${address("chat")}/v1`, "--protocol", "openai", "--model", model, "--config", config];
    },
  ],
  [
    "MLflow by SageMaker's invocations",
    "scores",
    (model) => {
      const config = configured("unsigned.json", { sign: false });
      return [`${address(`mlflow-${model}`)}/invocations`, "--protocol", "sagemaker", "--config", config];
    },
  ],
];

function examined(
  said: keyof typeof BUDGET,
  flags: readonly string[],
  ...more: readonly string[]
): Promise<Json> {
  const asking = ["--allow-private", "--rate", "500", "--budget", BUDGET[said], "--level", LEVEL];
  return json("examine", ...flags, ...asking, ...owner.claim, ...more);
}

describe.each(SERVED)("%s, serving by onnxruntime of Python", (name, said, flags) => {
  it("is found out where it serves the marked copy, with evidence that verifies", async () => {
    const evidence = owner.at(`${name.replaceAll(/\W/g, "-")}.zip`);
    const report = await examined(said, flags("stolen"), "--out", evidence);
    expect(report.verdict).toBe("match");
    expect((await json("evidence", "verify", evidence)).verified).toBe(true);
  });

  it("is left alone where it serves an innocent", async () => {
    expect((await examined(said, flags("innocent"))).verdict).toBe("inconclusive");
  });
});
