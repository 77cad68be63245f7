import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { readTranscript } from "@indicia/evidence/transcript";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CLI, type Json } from "./demo/programs.js";
import { gateways } from "./test-support/gateways.js";
import { call, done, json } from "./test-support/in-process.js";
import { run } from "./test-support/own-process.js";
import { type Owner, REFERENCE, registeredOwner, testModel } from "./test-support/owner.js";

let owner: Owner;
const { served, stop } = gateways();
beforeAll(async () => {
  owner = await registeredOwner({ mark: true });
});
afterAll(async () => {
  await stop();
  owner.remove();
});

const asking = ["--allow-private", "--rate", "1000", "--budget", "300"];

function examined(suspect: string, ...more: string[]): Promise<Json> {
  return json("examine", suspect, ...owner.claim, ...more);
}

describe("the stolen copy", () => {
  it.each(["full", "round:2", "top-k:3", "labels"])(
    "is caught behind an endpoint that answers %s",
    async (output) => {
      const report = await examined(await served(owner.at("released.onnx"), output), ...asking, "--full");
      expect(report.verdict).toBe("match");
      expect(report.log10P).toBeLessThan(-6);
      expect(report.queries).toBeLessThanOrEqual(300);
      expect(report.controls).toEqual(
        expect.objectContaining({
          reference: "inconclusive",
          innocents: "inconclusive",
          falseClaim: "inconclusive",
        }),
      );
    },
  );

  it("is caught as a file, and its payload read back", async () => {
    const report = await examined(owner.at("released.onnx"));
    expect(report.verdict).toBe("match");
    expect(report.queries).toBe(0);
    expect(report.witnesses?.find(({ payload }) => payload !== undefined)?.payload).toEqual(
      expect.objectContaining({ text: "Copy for Alice", bitErrors: 0 }),
    );
  });

  it("can be looked at without the reference", async () => {
    const claim = [...owner.registration, ...owner.key];
    const report = await json("examine", owner.at("released.onnx"), ...claim);
    expect(report.witnesses?.length).toBeGreaterThan(0);
  });
});

describe("innocents", () => {
  it.each(["glyphs", "innocent-a", "innocent-b"] as const)("such as %s: inconclusive, 1", async (name) => {
    const { exitCode, stdout } = await call("examine", testModel(name), ...owner.claim, "--json");
    expect([exitCode, (JSON.parse(stdout) as Json).verdict]).toEqual([1, "inconclusive"]);
  });

  it.each([
    ["full", "glyphs"],
    ["full", "innocent-c"],
    ["labels", "glyphs"],
    ["labels", "innocent-c"],
  ] as const)("behind an endpoint too, %s of %s", async (output, name) => {
    const report = await examined(await served(testModel(name), output), ...asking, "--full");
    expect(report.verdict).toBe("inconclusive");
  });
});

/** Arguments that observe `url` at `rate`. */
function observing(url: string, rate: number, ...more: string[]): string[] {
  const asked = ["--allow-private", "--rate", String(rate), ...more];
  return ["observe", url, ...owner.registration, ...REFERENCE, ...asked];
}

describe("evidence", () => {
  it("is observed without the key, concluded with it, verified, disclosed, and spoilt by one byte", async () => {
    const url = await served(owner.at("released.onnx"));
    const observation = owner.at("observation");
    await done(...observing(url, 1000, "--budget", "300", "--out", observation));
    const evidence = owner.at("evidence.zip");
    const opened = [...owner.registration, ...owner.key];
    const concluded = await json("conclude", observation, ...opened, "--out", evidence);
    expect(concluded.verdict).toBe("match");

    const identity = await generateX25519Identity();
    writeFileSync(owner.at("expert.txt"), `${identity}\n`);
    const recipient = ["--recipient", await identityToRecipient(identity)];
    await done(
      "evidence",
      "disclose",
      evidence,
      ...owner.key,
      ...recipient,
      "--out",
      owner.at("d.age"),
      "--yes",
    );
    const opening = ["--disclosure", owner.at("d.age"), "--identity", owner.at("expert.txt")];
    const models = [...owner.registration, ...REFERENCE];
    const { checks = [], verified } = await json("evidence", "verify", evidence, ...opening, ...models);
    expect(verified).toBe(true);
    expect(checks.map(({ status }) => status)).toEqual(checks.map(() => "passed"));
    expect(checks.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["residuals", "statistic", "answers", "models"]),
    );
    expect((await call("evidence", "show", evidence)).stderr).toContain("match");

    const bytes = readFileSync(evidence);
    const middle = bytes.length >> 1;
    bytes[middle] = (bytes[middle] ?? 0) ^ 1;
    writeFileSync(owner.at("spoilt.zip"), bytes);
    const spoilt = await call("evidence", "verify", owner.at("spoilt.zip"), "--json");
    expect(spoilt.exitCode).toBe(1);
    expect((JSON.parse(spoilt.stdout) as Json).checks?.some(({ status }) => status === "failed")).toBe(true);
  });

  it("goes on after kill -9 without asking anything twice", async () => {
    const url = await served(owner.at("released.onnx"));
    const folder = owner.at("killed");
    const budget = ["--budget", "100"];
    const slow = observing(url, 4, ...budget, "--out", folder, "--quiet");
    const child = spawn(process.execPath, [CLI, ...slow], { stdio: "ignore" });
    const exit = once(child, "exit");
    const transcript = `${folder}/transcript.jsonl`;
    while (linesOf(transcript) < 12) await sleep(20);
    child.kill("SIGKILL");
    await exit;

    await done(...observing(url, 1000, ...budget, "--resume", folder));
    const { exchanges } = readTranscript(readFileSync(transcript));
    const asked = exchanges.flatMap(({ request }) => [...request.probes]);
    expect(asked.length).toBe(100);
    expect(new Set(asked).size).toBe(100);
    const concluded = await json("conclude", folder, ...owner.registration, ...owner.key);
    expect(concluded.verdict).toBe("match");
  });
});

describe("a process", () => {
  it("ends with the exit code, everything printed before", async () => {
    const innocent = await run("examine", testModel("glyphs"), ...owner.claim, "--json");
    expect([innocent.exitCode, (JSON.parse(innocent.stdout) as Json).verdict]).toEqual([1, "inconclusive"]);
    const usage = expect.stringMatching(/^USAGE: [^\n]+\n$/);
    expect(await run("examine")).toEqual({ exitCode: 2, stdout: "", stderr: usage });
    const version = expect.stringMatching(/^\d+\.\d+\.\d+\n$/);
    expect(await run("--version")).toEqual({ exitCode: 0, stdout: version, stderr: "" });
  });

  it("that is interrupted ends after the request under way, and names the folder to go on with", async () => {
    const url = await served(owner.at("released.onnx"));
    const folder = owner.at("interrupted");
    const slow = observing(url, 4, "--budget", "200", "--out", folder, "--json");
    const child = spawn(process.execPath, [CLI, ...slow], { stdio: ["ignore", "pipe", "ignore"] });
    let printed = "";
    child.stdout.on("data", (chunk: Buffer) => (printed += chunk.toString()));
    while (linesOf(`${folder}/transcript.jsonl`) < 12) await sleep(20);
    child.kill("SIGINT");
    const [exitCode] = (await once(child, "close")) as [unknown];
    expect([exitCode, (JSON.parse(printed) as { error: { code: string } }).error.code]).toEqual([
      3,
      "ABORTED",
    ]);
    expect(linesOf(`${folder}/transcript.jsonl`)).toBeLessThan(30);
    const { stdout } = await done(...observing(url, 1000, "--resume", folder, "--json"));
    // The budget is that with which it was begun.
    expect((JSON.parse(stdout) as { probes: { asked: number } }).probes.asked).toBeLessThan(200);
  });

  it("does not go on with what never began", async () => {
    const { exitCode, stderr } = await call(
      ...observing("http://127.0.0.1:1", 1000, "--resume", owner.at("none")),
    );
    expect(exitCode).toBe(2);
    expect(stderr).toContain("FOLDER_INVALID");
  });
});

function linesOf(file: string): number {
  try {
    return readFileSync(file, "utf8").split("\n").length;
  } catch {
    return 0;
  }
}
