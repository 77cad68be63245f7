import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { readTranscript } from "@indicia/evidence/transcript";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CLI, type Json, runJson, type Server, startServer } from "./demo/programs.js";
import { GATEWAY, type Owner, registeredOwner, run, testModel } from "./test-support/owner.js";

let owner: Owner;
const servers: Server[] = [];
beforeAll(async () => {
  owner = await registeredOwner({ mark: true });
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  owner.remove();
});

/** Another process, which is given the file and nothing else. */
async function served(file: string, output = "full"): Promise<string> {
  const server = await startServer(GATEWAY, ["--model", file, "--name", "m", "--output", output]);
  servers.push(server);
  return `${server.address}/v2/models/m`;
}

const asking = ["--allow-private", "--rate", "1000", "--budget", "300"];

function examined(suspect: string, ...more: string[]): Promise<Json> {
  return runJson("examine", suspect, ...owner.claim, ...more);
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
    const report = await runJson("examine", owner.at("released.onnx"), ...owner.claim.slice(0, 4));
    expect(report.witnesses?.length).toBeGreaterThan(0);
  });
});

describe("innocents", () => {
  it("are inconclusive, exit code 1", async () => {
    for (const file of [testModel("glyphs"), testModel("innocent-a"), testModel("innocent-b")]) {
      const { exitCode, stdout } = await run("examine", file, ...owner.claim, "--json");
      expect([exitCode, (JSON.parse(stdout) as Json).verdict]).toEqual([1, "inconclusive"]);
    }
  });

  it.each(["full", "labels"])("behind an endpoint too, %s", async (output) => {
    const original = await examined(await served(testModel("glyphs"), output), ...asking, "--full");
    expect(original.verdict).toBe("inconclusive");
    const innocent = await examined(await served(testModel("innocent-c"), output), ...asking, "--full");
    expect(innocent.verdict).toBe("inconclusive");
  });
});

describe("evidence", () => {
  it("is observed without the key, concluded with it, verified, disclosed, and spoilt by one byte", async () => {
    const [registration, registered = "", , , ...reference] = owner.claim;
    const url = await served(owner.at("released.onnx"));
    const observation = owner.at("observation");
    await runJson(
      "observe",
      url,
      registration ?? "",
      registered,
      ...reference,
      ...asking,
      "--out",
      observation,
    );
    const evidence = owner.at("evidence.zip");
    const key = ["--key", owner.at("owner.key")];
    const concluded = await runJson(
      "conclude",
      observation,
      registration ?? "",
      registered,
      ...key,
      "--out",
      evidence,
    );
    expect(concluded.verdict).toBe("match");

    const identity = await generateX25519Identity();
    writeFileSync(owner.at("expert.txt"), `${identity}\n`);
    const recipient = await identityToRecipient(identity);
    await runJson(
      "evidence",
      "disclose",
      evidence,
      ...key,
      "--recipient",
      recipient,
      "--out",
      owner.at("d.age"),
    );
    const opening = ["--disclosure", owner.at("d.age"), "--identity", owner.at("expert.txt")];
    const models = [registration ?? "", registered, ...reference];
    const { checks = [], verified } = await runJson("evidence", "verify", evidence, ...opening, ...models);
    expect(verified).toBe(true);
    expect(checks.map(({ status }) => status)).toEqual(checks.map(() => "passed"));
    expect(checks.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["residuals", "statistic", "answers", "models"]),
    );
    expect((await run("evidence", "show", evidence)).stderr).toContain("match");

    const bytes = readFileSync(evidence);
    const middle = bytes.length >> 1;
    bytes[middle] = (bytes[middle] ?? 0) ^ 1;
    writeFileSync(owner.at("spoilt.zip"), bytes);
    const spoilt = await run("evidence", "verify", owner.at("spoilt.zip"), "--json");
    expect(spoilt.exitCode).toBe(1);
    expect((JSON.parse(spoilt.stdout) as Json).checks?.some(({ status }) => status === "failed")).toBe(true);
  });

  it("goes on after kill -9 without asking anything twice", async () => {
    const url = await served(owner.at("released.onnx"));
    const folder = owner.at("killed");
    const [registration = "", registered = "", , , ...reference] = owner.claim;
    const observe = ["observe", url, registration, registered, ...reference, "--allow-private"];
    const slow = [...observe, "--rate", "4", "--budget", "100", "--out", folder, "--quiet"];
    const child = spawn(process.execPath, [CLI, ...slow], { stdio: "ignore" });
    const transcript = `${folder}/transcript.jsonl`;
    while (linesOf(transcript) < 12) await sleep(50);
    child.kill("SIGKILL");
    await new Promise((resolve) => child.once("exit", resolve));

    const resumed = await run(...observe, "--rate", "1000", "--budget", "100", "--resume", folder);
    expect(resumed.exitCode).toBe(0);
    const { exchanges } = readTranscript(readFileSync(transcript));
    const asked = exchanges.flatMap(({ request }) => [...request.probes]);
    expect(asked.length).toBe(100);
    expect(new Set(asked).size).toBe(100);
    const key = ["--key", owner.at("owner.key")];
    expect(await runJson("conclude", folder, registration, registered, ...key)).toMatchObject({
      verdict: "match",
    });
  });
});

describe("interrupting", () => {
  it("ends after the request under way, and names the folder to go on with", async () => {
    const url = await served(owner.at("released.onnx"));
    const [registration = "", registered = "", , , ...reference] = owner.claim;
    const folder = owner.at("interrupted");
    const observe = ["observe", url, registration, registered, ...reference, "--allow-private"];
    const slow = [...observe, "--rate", "4", "--budget", "200", "--out", folder, "--json"];
    const child = spawn(process.execPath, [CLI, ...slow], { stdio: ["ignore", "pipe", "ignore"] });
    let printed = "";
    child.stdout.on("data", (chunk: Buffer) => (printed += chunk.toString()));
    while (linesOf(`${folder}/transcript.jsonl`) < 12) await sleep(50);
    child.kill("SIGINT");
    const exitCode = await new Promise((resolve) => {
      child.once("close", resolve);
    });
    expect([exitCode, (JSON.parse(printed) as { error: { code: string } }).error.code]).toEqual([
      3,
      "ABORTED",
    ]);
    expect(linesOf(`${folder}/transcript.jsonl`)).toBeLessThan(30);
    const resumed = await run(...observe, "--rate", "1000", "--resume", folder, "--json");
    expect(resumed.exitCode).toBe(0);
    // The budget is that with which it was begun.
    expect((JSON.parse(resumed.stdout) as { probes: { asked: number } }).probes.asked).toBeLessThan(200);
  });

  it("does not go on with what never began", async () => {
    const [registration = "", registered = "", , , ...reference] = owner.claim;
    const claim = [registration, registered, ...reference, "--allow-private"];
    const { exitCode, stderr } = await run(
      "observe",
      "http://127.0.0.1:1",
      ...claim,
      "--resume",
      owner.at("none"),
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
