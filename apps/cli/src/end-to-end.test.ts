import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readTranscript } from "@indicia/evidence/transcript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CLI, type Json, type Server, startServer } from "./demo/programs.js";
import { type GoBetween, type Passing, startGoBetween } from "./test-support/go-between.js";
import { call, done, json } from "./test-support/in-process.js";
import { GATEWAY, type Owner, REFERENCE, registeredOwner, testModel } from "./test-support/owner.js";

let owner: Owner;
let gateway: Server;
const between: GoBetween[] = [];
beforeAll(async () => {
  owner = await registeredOwner({ mark: true });
  gateway = await startServer(GATEWAY, ["--model", owner.at("released.onnx"), "--name", "m"]);
});
afterAll(async () => {
  for (const each of between) each.close();
  await gateway.stop();
  owner.remove();
});

const asking = ["--allow-private", "--rate", "1000"];

async function watched(change?: (inference: number, passing: Passing) => Passing | null): Promise<GoBetween> {
  const started = await startGoBetween(gateway.address, change);
  between.push(started);
  return started;
}

/** The registration as it was before anything was examined, so that each examination is the first. */
function registrationCopy(name: string): string[] {
  cpSync(owner.at("registration"), owner.at(name), { recursive: true });
  return ["--registration", owner.at(name)];
}

/** A report without what differs between two equal examinations: times, the seal over them, decoys drawn from that. */
function lasting(report: Json): object {
  const { controls, ...rest } = report;
  const kept = (of: object): object =>
    Object.fromEntries(
      Object.entries(of).filter(
        ([name]) => !["seconds", "evidence", "observation"].includes(name) && !/^decoy.*T$/.test(name),
      ),
    );
  return { ...kept(rest), controls: kept(controls ?? {}) };
}

describe("examining is observing and concluding", () => {
  it.each([
    ["a file", () => [owner.at("released.onnx")], []],
    ["an endpoint", () => [`${gateway.address}/v2/models/m`, ...asking, "--budget", "200"], ["--full"]],
  ] as const)("%s", async (name, target, full) => {
    const whole = registrationCopy(`whole of ${name}`);
    const parts = registrationCopy(`parts of ${name}`);
    const observation = owner.at(`observation of ${name}`);

    const examined = await json("examine", ...target(), ...whole, ...owner.key, ...REFERENCE, ...full);
    const observed = await json("observe", ...target(), ...parts, ...REFERENCE, "--out", observation);
    const concluded = await json("conclude", observation, ...parts, ...owner.key);

    expect(examined.verdict).toBe("match");
    expect(lasting(concluded)).toEqual(lasting(examined));
    expect(concluded).toMatchObject({ observation: (observed as { seal: string }).seal, position: 1 });
  });

  it("the same observation counts once, another one is another look", async () => {
    const suspect = owner.at("released.onnx");
    const claim = registrationCopy("counted");
    const observation = owner.at("counted-observation");
    await json("observe", suspect, ...claim, ...REFERENCE, "--out", observation);
    const concluded = await json("conclude", observation, ...claim, ...owner.key);
    const again = await json("conclude", observation, ...claim, ...owner.key);
    expect({ ...again, seconds: 0 }).toEqual({ ...concluded, seconds: 0 });
    const next = await json("examine", suspect, ...claim, ...owner.key, ...REFERENCE);
    expect([concluded, next]).toMatchObject([{ position: 1 }, { position: 2 }]);
  });
});

describe("an examination that is broken off after a look", () => {
  it("is paid for by the next one, and keeps its own place when it goes on", async () => {
    let asked = 0;
    const { address } = await watched((inference, passing) => {
      asked = inference;
      // Past the first look, and never again.
      return inference >= 8 ? { ...passing, status: 401 } : passing;
    });
    const claim = [...registrationCopy("broken off"), ...owner.key, ...REFERENCE];
    const innocent = await startServer(GATEWAY, ["--model", testModel("glyphs"), "--name", "m"]);
    const { address: honest } = await startGoBetween(innocent.address, (inference, passing) =>
      inference >= 8 ? { ...passing, status: 401 } : passing,
    ).then((each) => {
      between.push(each);
      return each;
    });
    const broken = await call("examine", `${honest}/v2/models/m`, ...claim, ...asking, "--budget", "400");
    expect(broken.exitCode).toBe(2);
    expect(broken.stderr).toContain("--resume");
    const next = await json("examine", `${address}/v2/models/m`, ...claim, ...asking, "--budget", "64");
    await innocent.stop();
    expect(asked).toBeGreaterThan(0);
    expect(next).toMatchObject({ verdict: "match", position: 2 });
  });

  it("does not go on with another budget", async () => {
    const { address } = await watched();
    const folder = owner.at("budgeted");
    const claim = [...registrationCopy("of budgets"), ...REFERENCE];
    const observe = ["observe", `${address}/v2/models/m`, ...claim, ...asking];
    await done(...observe, "--budget", "70", "--out", folder);
    rmSync(path.join(folder, "seal.json"));
    const { exitCode, stderr } = await call(...observe, "--budget", "65", "--resume", folder);
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(/^FOLDER_INVALID: .*budget of 70/m)]);
  });
});

describe("a process that is killed", () => {
  const BUDGET = 160;
  const ANSWERED = 4;
  /** The last batch before a look, which waits for all that were asked. */
  const HELD = 1;

  it("leaves what it asked on record: nothing is asked twice, and what was lost stays lost", async () => {
    let alive = true;
    const { address, requests } = await watched((inference, passing) =>
      alive && inference >= ANSWERED ? null : passing,
    );
    const evidence = owner.at("killed.zip");
    const claim = [...registrationCopy("killed"), ...owner.key, ...REFERENCE];
    const budget = ["--budget", String(BUDGET), "--full"];
    const examine = ["examine", `${address}/v2/models/m`, ...claim, ...asking, ...budget, "--out", evidence];
    // Other tests make temporary folders at the same time; this one's lie apart.
    const temporary = owner.at("temporary");
    mkdirSync(temporary);
    const env = { ...process.env, TMPDIR: temporary };
    const child = spawn(process.execPath, [CLI, ...examine], { stdio: "ignore", env });
    const exit = once(child, "exit");
    // No further request can come: what is recorded as asked has been seen here.
    while (requests.length < ANSWERED + HELD) await sleep(20);
    const kept = readdirSync(temporary).find((name) => name.startsWith("indicia-")) ?? "";
    const folder = path.join(temporary, kept, "observation");
    // What was answered may still be on its way to the disk.
    while (openIntents(path.join(folder, "transcript.jsonl")) > HELD) await sleep(20);
    child.kill("SIGKILL");
    await exit;
    alive = false;
    const before = requests.length;
    const unanswered = requests.slice(ANSWERED).flat();

    const report = await json(...examine, "--resume", folder);

    const asked = requests.flat();
    expect(requests.length).toBeGreaterThan(before);
    expect(asked.length).toBe(BUDGET);
    // One row is asked a second time on purpose, to see whether the answer is the same.
    expect(new Set(asked).size).toBe(BUDGET - 1);
    expect(asked.filter((row) => unanswered.includes(row)).length).toBe(unanswered.length);
    expect(report).toMatchObject({ verdict: "match", queries: BUDGET, lostQueries: unanswered.length });

    const { exchanges } = readTranscript(readFileSync(path.join(folder, "transcript.jsonl")));
    const lost = exchanges.filter(({ outcome }) => outcome.kind === "lost");
    expect(lost.flatMap(({ request }) => [...request.probes]).length).toBe(unanswered.length);
    const verified = await json("evidence", "verify", evidence);
    expect(verified.verified).toBe(true);
    expect(verified.checks).toContainEqual(expect.objectContaining({ name: "answers", status: "passed" }));

    const sealed = await call(...examine.slice(0, -2), "--resume", folder);
    expect([sealed.exitCode, sealed.stderr]).toEqual([2, expect.stringMatching(/^OUTPUT_EXISTS: .*\n$/m)]);
    expect(sealed.stderr).not.toContain("--resume");
    expect(requests.flat().length).toBe(BUDGET);
  });
});

/** Intents that no answer follows, in a transcript that is being written. */
function openIntents(transcript: string): number {
  const text = readFileSync(transcript, "utf8");
  const count = (type: string): number => text.split(`"type":"${type}"`).length - 1;
  return count("intent") - count("answer");
}

describe("an endpoint that changes the form of its answers", () => {
  const label = { name: "p", datatype: "INT64", shape: [16], data: Array.from({ length: 16 }, () => 1) };
  const labels: Passing = {
    status: 200,
    headers: { "content-type": "application/json" },
    body: Buffer.from(JSON.stringify({ outputs: [label] })),
  };

  it("now and then loses those answers and no others", async () => {
    const { address } = await watched((inference, passing) => (inference % 3 === 2 ? labels : passing));
    const claim = [...registrationCopy("changing"), ...owner.key, ...REFERENCE];
    const budget = ["--budget", "160", "--full"];
    const report = await json("examine", `${address}/v2/models/m`, ...claim, ...asking, ...budget);
    expect(report.verdict).toBe("match");
    expect((report as { lostQueries: number }).lostQueries).toBe(48);
  });

  it("for good is given up, and what it answered before is kept", async () => {
    const { address, requests } = await watched((inference, passing) => (inference >= 3 ? labels : passing));
    const folder = owner.at("changed");
    const observe = ["observe", `${address}/v2/models/m`, ...registrationCopy("given-up"), ...REFERENCE];
    const ran = await call(...observe, ...asking, "--budget", "600", "--out", folder, "--quiet");
    expect([ran.exitCode, ran.stdout]).toEqual([2, ""]);
    expect(ran.stderr).toMatch(/^SUSPECT_[A-Z]+: [^\n]*\n$/);
    expect(requests.length).toBeLessThan(20);
    const { exchanges } = readTranscript(readFileSync(path.join(folder, "transcript.jsonl")));
    expect(exchanges.filter(({ request }) => request.probes.length > 0).length).toBe(requests.length);

    const elsewhere = observe.with(1, "http://127.0.0.1:1/v2/models/m");
    const other = await call(...elsewhere, ...asking, "--resume", folder, "--quiet");
    expect([other.exitCode, other.stderr]).toEqual([
      2,
      expect.stringMatching(/^TRANSCRIPT_OTHER_TARGET: .*\n$/),
    ]);
  });
});
