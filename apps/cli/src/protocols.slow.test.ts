import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { readTranscript } from "@indicia/evidence/transcript";
import type { BlackBoxSuspect } from "@indicia/core/suspect";
import { FORGETFUL } from "@indicia/suspects/exchange";
import { openOnnxBlackBox } from "@indicia/suspects/index";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Json } from "./demo/programs.js";
import { call, json } from "./test-support/in-process.js";
import { type Owner, REFERENCE, registeredOwner, testModel } from "./test-support/owner.js";

const IMAGE = [1, 20, 20] as const;
let owner: Owner;
const servers: Server[] = [];
const models: BlackBoxSuspect[] = [];
beforeAll(async () => {
  owner = await registeredOwner({ mark: true });
});
afterAll(async () => {
  for (const server of servers) server.close();
  for (const model of models) await model.close();
  owner.remove();
});

/** How a server reads rows and writes scores. */
interface Speech {
  readonly rows: (body: string) => readonly number[][];
  readonly answer: (scores: readonly number[][]) => unknown;
}

/** A server that answers a model's scores as some protocol has them; what is no request for rows is not found. */
async function serving(file: string, { rows, answer }: Speech): Promise<string> {
  const model = await openOnnxBlackBox(file, 1e6);
  models.push(model);
  const [input] = model.inputs;
  const scoresOf = async (asked: readonly number[][]): Promise<number[][]> => {
    const image = {
      type: "float32" as const,
      dims: [asked.length, ...IMAGE],
      data: Float32Array.from(asked.flat()),
    };
    const answers = await model.query({ [input?.name ?? ""]: image }, [...asked.keys()], FORGETFUL);
    return answers.map((each) => (each.kind === "vector" ? [...each.values] : []));
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      if (request.method === "GET") return void response.writeHead(404).end("{}");
      Promise.resolve(Buffer.concat(chunks).toString())
        .then((body) => scoresOf(rows(body)))
        .then((scores) =>
          response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer(scores))),
        )
        .catch((error: unknown) => response.writeHead(500).end(JSON.stringify({ error: String(error) })));
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function config(settings: unknown): string[] {
  const file = owner.at(`config-${servers.length}.json`);
  writeFileSync(file, JSON.stringify(settings));
  return ["--config", file];
}

const asking = ["--model", "m", "--allow-private", "--rate", "5000", "--budget", "128"];

/** Names that say nothing of the order, and an order that says nothing of the reference's. */
function renamed(scores: readonly number[]): Record<string, number> {
  const order = scores.map((_, c) => (3 * c + 1) % scores.length);
  return Object.fromEntries(order.map((c) => [`thing-${(5 * c + 2) % scores.length}`, scores[c] ?? 0]));
}

const TORCHSERVE: Speech = {
  rows: (body) =>
    (JSON.parse(body) as { instances: unknown[] }).instances.map((row) => (row as number[][][]).flat(2)),
  answer: (scores) => ({ predictions: scores.map(renamed) }),
};
const NAMES_UNKNOWN = { envelope: "json", classes: "auto" };

describe("a stolen copy whose classes were renamed and reordered", () => {
  it("is caught behind TorchServe, and its evidence verifies to the last answer", async () => {
    const url = await serving(owner.at("released.onnx"), TORCHSERVE);
    const protocol = ["--protocol", "torchserve", ...config(NAMES_UNKNOWN)];
    const observation = owner.at("observation");
    const observing = ["observe", url, ...owner.registration, ...REFERENCE, ...protocol, ...asking];
    const said = await call(...observing, "--out", observation);
    expect(said.stderr).toContain("names of");
    const evidence = owner.at("evidence.zip");
    const opened = [...owner.registration, ...owner.key];
    const report = await json("conclude", observation, ...opened, "--out", evidence);
    expect(report.verdict).toBe("match");
    expect(JSON.stringify(report.witnesses)).toContain("order of the classes");
    const registered = [...owner.registration, ...REFERENCE];
    const { checks = [], verified } = await json("evidence", "verify", evidence, ...registered);
    expect(checks.filter(({ status }) => status === "failed")).toEqual([]);
    expect(
      checks.filter(({ name }) => ["answers", "models"].includes(name)).map(({ status }) => status),
    ).toEqual(["passed", "passed"]);
    expect(verified).toBe(true);
    // Looking for names spent no probe.
    const transcript = readTranscript(readFileSync(path.join(observation, "transcript.jsonl")));
    const probes = transcript.exchanges.flatMap(({ request }) => request.probes);
    expect(new Set(probes).size).toBe(probes.length);
    expect(probes.length).toBeLessThanOrEqual(128);
  });

  it("is not asked twice for its names where looking for them was interrupted", async () => {
    const bodies: string[] = [];
    let broken = 3;
    const url = await serving(owner.at("released.onnx"), {
      ...TORCHSERVE,
      rows: (body) => {
        bodies.push(body);
        // What was answered before stays known; what breaks here is lost, and stays so.
        if (--broken === 0) throw new RangeError("broken");
        return TORCHSERVE.rows(body);
      },
    });
    const protocol = ["--protocol", "torchserve", ...config(NAMES_UNKNOWN)];
    const observation = owner.at("interrupted");
    const observing = ["observe", url, ...owner.registration, ...REFERENCE, ...protocol, ...asking];
    await call(...observing, "--out", observation);
    // As a crash leaves it that came before any decoding was noted.
    const file = path.join(observation, "transcript.jsonl");
    const lines = readFileSync(file, "utf8").split("\n");
    const noted = lines.findIndex((line) => line.includes('"terms"') || line.includes('"decoding"'));
    expect(noted).toBeGreaterThan(4);
    const asked = bodies.slice();
    writeFileSync(file, `${lines.slice(0, noted).join("\n")}\n`);
    for (const name of readdirSync(observation))
      if (name !== "transcript.jsonl") rmSync(path.join(observation, name), { recursive: true });
    bodies.length = 0;
    const again = await call(...observing, "--resume", observation);
    expect(again.stderr).toContain("names of");
    const named = readTranscript(readFileSync(file)).exchanges.filter(
      ({ request }) => request.probes.length === 0,
    );
    const posted = named.filter(({ request }) => request.method === "POST");
    expect(posted.length).toBeGreaterThan(2);
    expect(new Set(posted.map(({ request }) => request.sha256)).size).toBe(posted.length);
    expect(bodies.filter((body) => asked.slice(0, posted.length).includes(body))).toEqual([]);
  });

  it("makes no match of an innocent", async () => {
    const url = await serving(testModel("innocent-a"), TORCHSERVE);
    const protocol = ["--protocol", "torchserve", ...config(NAMES_UNKNOWN)];
    const { exitCode, stdout } = await call("examine", url, ...owner.claim, ...protocol, ...asking, "--json");
    expect([exitCode, (JSON.parse(stdout) as Json).verdict]).toEqual([1, "inconclusive"]);
  });
});

describe("the stolen copy", () => {
  it.each<[string, string[], unknown, Speech]>([
    [
      "TensorFlow Serving",
      ["tf-serving"],
      { format: "inputs" },
      {
        rows: (body) => (JSON.parse(body) as { inputs: number[][][][] }).inputs.map((row) => row.flat(2)),
        answer: (outputs) => ({ outputs }),
      },
    ],
    [
      "SageMaker",
      ["sagemaker"],
      { sign: false, contentType: "text/csv" },
      {
        rows: (body) => body.split("\n").map((line) => line.split(",").map(Number)),
        answer: (scores) => ({ predictions: scores.map((score) => ({ score })) }),
      },
    ],
  ])("is caught behind %s", async (_, protocol, settings, speech) => {
    const url = await serving(owner.at("released.onnx"), speech);
    const asked = ["--protocol", ...protocol, ...config(settings), ...asking];
    const report = await json("examine", url, ...owner.claim, ...asked);
    expect(report.verdict).toBe("match");
  });
});

it("settings that are none are refused with the place", async () => {
  const refused = await call(
    "examine",
    "http://127.0.0.1:9",
    ...owner.claim,
    "--protocol",
    "hf",
    ...config({ clases: [] }),
  );
  expect([refused.exitCode, refused.stderr]).toEqual([
    2,
    expect.stringContaining('there is no setting "clases"'),
  ]);
});
