import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { readTranscript } from "@indicia/evidence/transcript";
import { nativeSha256 } from "@indicia/evidence/hash-file";
import type { CountingEndpoint } from "@indicia/testkit/counting-endpoint";
import { type PostgresServer, startPostgres } from "@indicia/testkit/postgres-server";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openAudit } from "../audit/audit-log.js";
import { dataFolder } from "../data-folder.js";
import { openDatabase } from "../database/open.js";
import { openSecrets } from "../secrets/open-secrets.js";
import type { Services } from "../services.js";
import {
  addModel,
  addSuspect,
  glyphFiles,
  ROOT,
  serve,
  temporaryFolder,
  until,
} from "../test-support/scene.js";
import { createInvestigation } from "./create.js";

const MAIN = path.join(ROOT, "apps/verifier/dist/main.js");
const CLI = path.join(ROOT, "apps/cli/dist/main.js");
const SECRET_KEY = "07".repeat(32);

let postgres: PostgresServer;
let services: Services;
let model: string;
let folder: string;
const workers: ChildProcess[] = [];
const endpoints: CountingEndpoint[] = [];
beforeAll(async () => {
  postgres = await startPostgres();
  folder = temporaryFolder();
  const database = await openDatabase({ kind: "server", url: postgres.url });
  const clock = (): Date => new Date();
  const secrets = await openSecrets(database, { variable: SECRET_KEY, file: undefined, folder });
  const log = pino({ level: "silent" });
  services = {
    database,
    data: dataFolder(folder),
    secrets,
    audit: openAudit({ database, secrets, clock, log }),
    clock,
  };
  model = await addModel(services, true, glyphFiles());
});
afterAll(async () => {
  for (const each of workers) await kill(each);
  for (const each of endpoints) await each.close();
  await services.database.close();
  await postgres.stop();
  rmSync(folder, { recursive: true });
});

async function startWorkerProcess(): Promise<ChildProcess> {
  const flags = [
    "--role",
    "worker",
    "--database-url",
    postgres.url,
    "--data",
    folder,
    "--log-level",
    "error",
  ];
  const child = spawn(process.execPath, [MAIN, ...flags], {
    env: { ...process.env, INDICIA_VERIFIER_SECRET_KEY: SECRET_KEY },
    stdio: ["ignore", "pipe", "inherit"],
  });
  workers.push(child);
  await once(child.stdout, "data");
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "exit");
}

/** Probes that a transcript says were asked, as often as it says so. */
function askedProbes(id: string): number[] {
  const file = path.join(services.data.investigation(id), "observation", "transcript.jsonl");
  const { exchanges } = readTranscript(readFileSync(file), { sha256: nativeSha256 });
  return exchanges.flatMap(({ request }) => request.probes);
}

async function begin(endpoint: CountingEndpoint, name: string): Promise<string> {
  const suspect = await addSuspect(services, endpoint);
  const asking = { name, model, suspect, budget: 400, rate: 2, earlyStop: false, start: true };
  return (await createInvestigation(services, asking)).id;
}

test("workers that are killed lose what was under way; nothing is asked twice, and the verdicts are the same", async () => {
  const stolen = await serve("stolen", { delayMs: 300, files: glyphFiles() });
  const innocent = await serve("innocent", { delayMs: 300, files: glyphFiles() });
  endpoints.push(stolen, innocent);
  const ids = [await begin(stolen, "stolen"), await begin(innocent, "innocent")];
  let worker = await startWorkerProcess();
  for (let kills = 0; kills < 2; kills++) {
    const before = stolen.requests + innocent.requests;
    // The first is killed with the very first question under way, from which it would have learnt how the suspect answers.
    const more = kills === 0 ? 1 : 3;
    while (stolen.requests + innocent.requests < before + more) await sleep(20);
    await kill(worker);
    worker = await startWorkerProcess();
  }
  const ends = [];
  for (const id of ids) ends.push(await until(services, id, ({ state }) => state === "concluded"));

  expect(ends.map(({ verdict }) => verdict)).toEqual(["match", "inconclusive"]);
  for (const [i, endpoint] of [stolen, innocent].entries()) {
    const asked = askedProbes(ids[i] ?? "");
    expect(new Set(asked).size).toBe(asked.length);
    // One row is asked a second time on purpose; it may have been under way when the worker was killed.
    expect([...endpoint.asked.values()].filter((times) => times > 1).length).toBeLessThanOrEqual(1);
    expect(ends[i]?.lost).toBeLessThan(200);
  }
  expect(ends.reduce((sum, { lost }) => sum + lost, 0)).toBeGreaterThan(0);

  for (const [i, id] of ids.entries()) {
    const file = path.join(services.data.investigation(id), "evidence.zip");
    const { stdout } = await promisify(execFile)(process.execPath, [
      CLI,
      "evidence",
      "verify",
      file,
      "--json",
    ]);
    expect(JSON.parse(stdout)).toMatchObject({ verified: true, verdict: ends[i]?.verdict });
  }
});
