import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { publicRandom } from "@indicia/core/probes/prng";
import { readNpz } from "@indicia/data/npz";
import type { Tensor } from "@indicia/onnx/tensor";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CLI } from "./demo/programs.js";
import { drawGlyphs, GATEWAY, testModel } from "./test-support/owner.js";
import { collect, fitThief } from "./test-support/read-out-thief.js";

const README = fileURLToPath(new URL("../../../README.md", import.meta.url));
const OTHERS = 98;
/** Of 1,200 queries every fourth is noise. */
const QUERIES = 1200;
const NOISE_EVERY = 4;

let folder: string;
let recipient: string;
const at = (name: string): string => path.join(folder, name);

/** The section of the README, and its commands as they stand there, one after another. */
const section = /### The whole way[^]*?(?=\n##? )/.exec(readFileSync(README, "utf8"))?.[0] ?? "";
const commands = [...section.matchAll(/^ {4}indicia ((?:.*\\\n)*.*)$/gm)].map(([, text = ""]) =>
  text.replaceAll(/\\\n/g, " ").trim().split(/\s+/),
);
const beginsWith = (...words: string[]): string[] => {
  const found = commands.find((each) => words.every((word, i) => each[i] === word));
  if (found === undefined) throw new Error(`README.md has no "indicia ${words.join(" ")}"`);
  return found;
};

async function run(...args: string[]): Promise<{ stdout: string; stderr: string }> {
  const given = args.map((each) => (each === "age1..." ? recipient : each));
  return await promisify(execFile)(process.execPath, [CLI, ...given], { cwd: folder, maxBuffer: 2 ** 26 });
}

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "indicia-walk-"));
  cpSync(testModel("glyphs"), at("glyphs.onnx"));
  for (const [name, count] of [
    ["calibration", 700],
    ["pool", 700],
    ["benign", 6000],
    ["asked", 900],
  ] as const)
    await drawGlyphs(`walk ${name}`, count, at(`${name}.npz`));
  writeFileSync(at("terms.md"), "Answers may not be used to train another model.\n");
  writeFileSync(at("gateway.yaml"), /```yaml\n([^]*?)```/.exec(section)?.[1] ?? "");
  const identity = await generateX25519Identity();
  writeFileSync(at("vault.key"), `${identity}\n`, { mode: 0o600 });
  recipient = await identityToRecipient(identity);
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What mallory asks: glyphs, and between them noise. */
function queries(): Record<string, Tensor> {
  const [[name, glyphs] = ["", undefined]] = Object.entries(
    readNpz(new Uint8Array(readFileSync(at("asked.npz")))),
  );
  if (glyphs === undefined) throw new TypeError("glyphs were drawn");
  const [rows = 1, ...rest] = glyphs.dims;
  const width = glyphs.data.length / rows;
  const random = publicRandom("walk noise");
  const data = new Float32Array(QUERIES * width);
  for (let row = 0, drawn = 0; row < QUERIES; row++) {
    const noise = row % NOISE_EVERY === NOISE_EVERY - 1;
    for (let i = 0; i < width; i++)
      data[row * width + i] = noise ? random() : Number(glyphs.data[drawn * width + i]);
    if (!noise) drawn++;
  }
  return { [name]: { type: "float32", dims: [QUERIES, ...rest], data } };
}

describe("the whole way of the README", () => {
  let token: string;
  let log = "";

  it("goes from a key to a gateway whose configuration fits", async () => {
    const serving = commands.findIndex((each) => each.includes("--config"));
    expect(serving).toBeGreaterThan(5);
    for (const command of commands.slice(0, serving)) {
      const { stdout } = await run(...command, ...(command[1] === "key" ? ["--json"] : []));
      if (command[1] === "key") token = (JSON.parse(stdout) as { token: string }).token;
    }
    const names = Array.from({ length: OTHERS }, (_, i) => `customer-${i}`);
    await run("customers", "add", ...names, ...beginsWith("customers", "add").slice(4));
    expect((await run(...beginsWith("gateway", "check"))).stderr).toContain("glyphs");
  });

  it("serves mallory once he accepts the terms, notices what he is about, and is copied all the same", async () => {
    const gateway = spawn(process.execPath, [GATEWAY, ...beginsWith("gateway", "--config").slice(1)], {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
    });
    gateway.stderr.setEncoding("utf8").on("data", (text: string) => (log += text));
    const [line] = (await once(createInterface({ input: gateway.stdout }), "line")) as [string];
    const { address } = JSON.parse(line) as { address: string };
    const headers = { authorization: `Bearer ${token}` };
    const model = `${address}/v2/models/glyphs`;
    const early = await fetch(`${model}/infer`, { method: "POST", headers, body: "{}" });
    expect([early.status, await early.json()]).toEqual([
      403,
      expect.objectContaining({ code: "TERMS_NOT_ACCEPTED" }),
    ]);
    const { version, sha256 } = (await (await fetch(`${address}/terms`, { headers })).json()) as Record<
      string,
      string
    >;
    const body = JSON.stringify({ version, sha256 });
    const accepted = await fetch(`${address}/terms/acceptance`, { method: "POST", headers, body });
    expect(accepted.status).toBe(201);
    const collected = await collect(model, queries(), headers);
    await fitThief(at("glyphs.onnx"), [collected], at("thief.onnx"));
    gateway.kill("SIGTERM");
    await once(gateway, "exit");
    const flagged = log.split("\n").filter((each) => each.includes("behaves unlike the honest traffic"));
    expect(flagged.map((each) => JSON.parse(each) as unknown)).toEqual([
      expect.objectContaining({ account: "mallory", seen: expect.any(Number) as number }),
    ]);
    expect(log).not.toContain(token);
  });

  it("names mallory among a hundred", async () => {
    const { stdout } = await run(...beginsWith("trace"), "--json");
    const report = JSON.parse(stdout) as {
      verdict: string;
      named: string[];
      customers: { log10PIdeal: number }[];
    };
    expect(report).toMatchObject({ verdict: "match", named: ["mallory"] });
    expect(report.customers).toHaveLength(OTHERS + 2);
    expect(report.customers[0]?.log10PIdeal).toBeLessThan(-6);
  });

  it("leaves evidence with the terms that he accepted and his logged answers, each proved to stand in the log", async () => {
    const { stderr } = await run(...beginsWith("evidence", "verify"));
    expect(stderr).toMatch(
      /passed +query log: \d+ logged answers to mallory, .* each proved to stand in the log\n/,
    );
    expect(stderr).toMatch(/passed +terms: .*mallory accepted version 2026-11/);
    expect(stderr).toContain("The evidence verifies.");
  });
});
