import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { buildModel } from "@indicia/onnx/build";
import { writeNpz } from "@indicia/data/npz";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { call, done } from "./test-support/in-process.js";
import { run } from "./test-support/own-process.js";
import { type Owner, registeredOwner, testModel } from "./test-support/owner.js";

const IMAGE = 28 * 28;
let owner: Owner;
const servers: Server[] = [];
beforeAll(async () => {
  owner = await registeredOwner({ mark: false });
  const glyphs = readFileSync(testModel("glyphs"));
  const write = (name: string, bytes: Uint8Array): void => writeFileSync(owner.at(name), bytes);
  write("truncated.onnx", glyphs.subarray(0, glyphs.length >> 1));
  write(
    "random.onnx",
    Uint8Array.from({ length: 5000 }, (_, i) => (i * 7919) % 251),
  );
  write("empty.onnx", new Uint8Array(0));
  write("text.onnx", Buffer.from("not a model\n"));
  write("tiny.onnx", tinyModel());
  write("outside.onnx", externalModel());
  const pool = readFileSync(owner.at("pool.npz"));
  write("truncated.npz", pool.subarray(0, pool.length >> 1));
  const wrong = { type: "float32" as const, dims: [4, 7], data: new Float32Array(28) };
  write("shape.npz", writeNpz({ image: wrong }));
  const typed = { type: "int64" as const, dims: [1, 1, 28, 28], data: new BigInt64Array(IMAGE) };
  write("type.npz", writeNpz({ image: typed }));
  await done("key", "new", "--out", owner.at("other.key"));
  mkdirSync(owner.at("existing"));
  copyFileSync(testModel("glyphs"), owner.at("existing.onnx"));
});
afterAll(() => {
  for (const server of servers) server.close();
  owner.remove();
});

function tinyModel(): Uint8Array {
  const value = { type: "float32" as const, dims: ["N", 3] };
  const relu = { op: "Relu", inputs: ["x"], outputs: ["y"] };
  return buildModel({ inputs: [{ name: "x", ...value }], outputs: [{ name: "y", ...value }], nodes: [relu] });
}

/** An initialiser whose bytes lie outside the model's folder. */
function externalModel(): Uint8Array {
  const entry = (key: string, text: string): Buffer =>
    field(13, Buffer.concat([field(1, key), field(2, text)]));
  const tensor = Buffer.concat([
    Buffer.from([8, 4, 16, 1]),
    field(8, "w"),
    entry("location", "../secret.bin"),
    Buffer.from([112, 1]),
  ]);
  return Buffer.concat([Buffer.from([8, 8]), field(7, Buffer.concat([field(2, "g"), field(5, tensor)]))]);
}

function field(number: number, content: string | Uint8Array): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([Buffer.from([number * 8 + 2, bytes.length]), bytes]);
}

/** One line with a code, nothing else, and nothing left behind. */
async function expectRefused(args: readonly string[], code: string, how = call): Promise<void> {
  const before = owner.listing();
  const ran = await how(...args, "--quiet");
  expect(ran.stderr.trimEnd().split("\n")).toEqual([expect.stringMatching(new RegExp(`^${code}: .+`))]);
  expect([ran.exitCode, ran.stdout]).toEqual([2, ""]);
  expect(owner.listing()).toEqual(before);
}

describe("a model that is none", () => {
  it.each([
    ["truncated.onnx", "ONNX_TRUNCATED"],
    ["random.onnx", "ONNX_[A-Z_]+"],
    ["empty.onnx", "ONNX_[A-Z_]+"],
    ["text.onnx", "ONNX_[A-Z_]+"],
    ["outside.onnx", "EXTERNAL_PATH"],
    ["missing.onnx", "ONNX_NOT_FOUND"],
    ["existing", "ONNX_NOT_FOUND"],
    ["tiny.onnx", "NOTHING_TO_MARK"],
  ])("%s is refused with %s by register and examine", async (name, code) => {
    await expectRefused(["register", owner.at(name), ...owner.key, "--out", owner.at("new")], code);
    if (name === "tiny.onnx") return;
    await expectRefused(["examine", owner.at(name), ...owner.claim], code);
  });

  it("is refused by a process in one line, whatever native code it is given to", async () => {
    await expectRefused(["examine", owner.at("truncated.onnx"), ...owner.claim], "ONNX_TRUNCATED", run);
  });
});

describe("what does not belong together", () => {
  it("another key", async () => {
    const other = ["--key", owner.at("other.key"), "--out", owner.at("new.onnx")];
    await expectRefused(["mark", testModel("glyphs"), ...owner.registration, ...other], "WRONG_KEY");
  });

  it("another model than the registered one", async () => {
    const own = [...owner.registration, ...owner.key];
    const marking = ["mark", testModel("innocent-a"), ...own, "--out", owner.at("new.onnx")];
    await expectRefused(marking, "WRONG_REFERENCE");
    const examining = ["examine", testModel("glyphs"), ...own, "--reference", testModel("innocent-a")];
    await expectRefused(examining, "WRONG_REFERENCE");
  });

  it("a folder that is no registration", async () => {
    const folder = ["--registration", owner.at("existing")];
    await expectRefused(
      ["mark", testModel("glyphs"), ...folder, ...owner.key, "--out", owner.at("n.onnx")],
      "[A-Z_]+",
    );
  });

  it.each([
    ["truncated.npz", "[A-Z_]+"],
    ["shape.npz", "[A-Z_]+"],
    ["type.npz", "[A-Z_]+"],
    ["missing.npz", "[A-Z_]+"],
  ])("%s as calibration data", async (name, code) => {
    const data = ["--calibration", owner.at(name), "--out", owner.at("new")];
    await expectRefused(["register", testModel("glyphs"), ...owner.key, ...data], code);
  });

  it("an output that is there already", async () => {
    const out = ["--out", owner.at("existing.onnx")];
    await expectRefused(
      ["mark", testModel("glyphs"), ...owner.registration, ...owner.key, ...out],
      "OUTPUT_EXISTS",
    );
    await expectRefused(
      ["register", testModel("glyphs"), ...owner.key, "--out", owner.at("existing")],
      "OUTPUT_EXISTS",
    );
    await expectRefused(["key", "new", "--out", owner.at("owner.key")], "[A-Z_]+");
  });
});

async function listening(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v2/models/m`;
}

/** A server of the protocol that answers inference with `outputs` for the rows it was asked. */
function speaking(outputs: (rows: number) => unknown): RequestListener {
  return (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      response.setHeader("content-type", "application/json");
      if (!(request.url ?? "").endsWith("/infer")) {
        const inputs = [{ name: "image", datatype: "FP32", shape: [-1, 1, 28, 28] }];
        response.end(
          JSON.stringify({
            name: "m",
            inputs,
            outputs: [{ name: "p", datatype: "FP32", shape: [-1, 20] }],
          }),
        );
        return;
      }
      const sent = JSON.parse(Buffer.concat(chunks).toString()) as { inputs: { shape: number[] }[] };
      response.end(JSON.stringify({ outputs: outputs(sent.inputs[0]?.shape[0] ?? 0) }));
    });
  };
}

async function expectRefusedAsking(url: string, code: string, ...more: string[]): Promise<void> {
  const claim = [...owner.claim, "--budget", "64", "--rate", "1000", ...more];
  await expectRefused(["examine", url, ...claim], code);
}

describe("an endpoint", () => {
  it("of one's own network is not asked unless it is allowed", async () => {
    let reached = 0;
    const url = await listening((_, response) => {
      reached++;
      response.end();
    });
    await expectRefusedAsking(url, "SUSPECT_ADDRESS");
    expect(reached).toBe(0);
  });

  it("that redirects to a private address is not followed", async () => {
    let reached = 0;
    const canary = await listening((_, response) => {
      reached++;
      response.end();
    });
    const redirecting = await listening((_, response) => {
      response.writeHead(307, { location: canary.replace("127.0.0.1", "169.254.169.254") }).end();
    });
    await expectRefusedAsking(redirecting, "SUSPECT_[A-Z_]+", "--allow-private");
    expect(reached).toBe(0);
  });

  it("that is down", async () => {
    await expectRefusedAsking("http://127.0.0.1:1/v2/models/m", "SUSPECT_UNREACHABLE", "--allow-private");
  });

  it("that answers pages instead of the protocol", async () => {
    const url = await listening((_, response) => response.end("<html></html>"));
    await expectRefusedAsking(url, "SUSPECT_PROTOCOL", "--allow-private");
  });

  it.each([
    [
      "lies about shapes",
      (rows: number) => [{ name: "p", datatype: "FP32", shape: [rows + 1, 20], data: [1, 2, 3] }],
    ],
    [
      "answers NaN",
      (rows: number) => [
        {
          name: "p",
          datatype: "FP32",
          shape: [rows, 20],
          data: Array.from({ length: rows * 20 }, () => null),
        },
      ],
    ],
    [
      "answers texts",
      (rows: number) => [
        {
          name: "p",
          datatype: "BYTES",
          shape: [rows, 20],
          data: Array.from({ length: rows * 20 }, () => "a"),
        },
      ],
    ],
    ["answers nothing", () => []],
  ])("that %s", async (_, outputs) => {
    const url = await listening(speaking(outputs));
    await expectRefusedAsking(url, "(SUSPECT_[A-Z_]+|NOTHING_OBSERVED|ANSWERS_UNUSABLE)", "--allow-private");
  });

  it("that speaks of other classes", async () => {
    const url = await listening(
      speaking((rows) => [
        {
          name: "p",
          datatype: "FP32",
          shape: [rows, 3],
          data: Array.from({ length: rows * 3 }, (_, i) => 1 / (i + 2)),
        },
      ]),
    );
    await expectRefusedAsking(url, "ANSWERS_UNUSABLE", "--allow-private");
  });
});

describe("usage", () => {
  it.each([
    [["examine"], "USAGE"],
    [["mark", "x.onnx", "--weigths", "off"], "USAGE"],
    [["examine", "ftp://example.org/m"], "[A-Z_]+"],
    [["nonsense"], "USAGE"],
  ])("%j", async (args, code) => {
    await expectRefused(args, code);
  });

  it("prints an error as one JSON object where asked", async () => {
    const { exitCode, stdout } = await call("examine", owner.at("missing.onnx"), ...owner.claim, "--json");
    expect(exitCode).toBe(2);
    expect(JSON.parse(stdout)).toEqual({
      error: { code: "ONNX_NOT_FOUND", message: expect.any(String), hint: expect.any(String) },
    });
  });
});
