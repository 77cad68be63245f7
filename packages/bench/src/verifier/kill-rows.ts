import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { constants, setPriority, tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startPostgres } from "@indicia/testkit/postgres-server";
import type { BenchOptions } from "../bench.js";
import { measure } from "../process.js";
import { rootPath } from "../root.js";
import { type Row, row } from "../row.js";
import { addEndpoint, type Case, type Inquiry, investigate, openCase, settled } from "./case.js";
import { exportedTranscript } from "./exported-transcript.js";
import { serveModel } from "./served-model.js";
import { startVerifier, type Verifier } from "./service.js";

const VERIFIER = rootPath("apps", "verifier", "dist", "main.js");
const CLI = rootPath("apps", "cli", "dist", "main.js");
/** Time that an answer takes, so that kills find some under way. */
const ANSWER_MS = 300;
const FULL = {
  investigations: 50,
  workers: 4,
  budget: 600,
  killMs: 10_000,
  kills: Number.POSITIVE_INFINITY,
  rate: 1,
};
const QUICK = { investigations: 2, workers: 2, budget: 150, killMs: 10_000, kills: 1, rate: 1 };

/** Many investigations at once on several workers over PostgreSQL, of which one is killed every few seconds. */
export async function killRows(bench: string, { quick, say }: BenchOptions): Promise<Row[]> {
  const size = quick ? QUICK : FULL;
  const folder = await mkdtemp(path.join(tmpdir(), "indicia-bench-"));
  const postgres = await startPostgres();
  const shared = ["--database-url", postgres.url, "--data", path.join(folder, "data")];
  const verifier = await startVerifier(...shared, "--role", "api");
  const crew = createCrew([...shared, "--workers", String(Math.ceil(size.investigations / size.workers))]);
  try {
    for (let i = 0; i < size.workers; i++) await crew.hire();
    const owner = await openCase(verifier, folder, size.budget + 200);
    say("kills: how it ends without any");
    const calm = await inquiries(verifier, owner, { ...size, investigations: 2, kills: 0 }, crew);
    say(`kills: ${size.investigations} investigations on ${size.workers} workers`);
    const killed = await inquiries(verifier, owner, size, crew);
    const common = {
      bench,
      case: `${size.investigations} investigations on ${size.workers} workers, killed in turn`,
    };
    const verdictOf = (stolen: boolean): string | null =>
      calm.results.find((each) => each.stolen === stolen)?.end.verdict ?? null;
    const concluded = killed.results.filter(({ end }) => end.state === "concluded");
    const others = killed.results.filter(({ stolen, end }) => end.verdict !== verdictOf(stolen)).length;
    const lost = killed.results.reduce((sum, { end }) => sum + end.lost, 0);
    const unverified = await unverifiedEvidence(verifier, concluded, folder);
    return [
      row({
        ...common,
        metric: "investigations that failed",
        value: killed.results.length - concluded.length,
        goal: "== 0",
      }),
      row({ ...common, metric: "workers killed", value: killed.kills, goal: ">= 1" }),
      row({
        ...common,
        metric: "probes asked twice",
        value: await askedTwice(verifier, concluded),
        goal: "== 0",
      }),
      row({ ...common, metric: "rows that the endpoints saw twice", value: killed.seenTwice, goal: "== 0" }),
      row({ ...common, metric: "rows lost and counted", value: lost }),
      row({ ...common, metric: "evidence that does not verify", value: unverified, goal: "== 0" }),
      row({ ...common, metric: "verdicts other than without kills", value: others, goal: "== 0" }),
    ];
  } finally {
    await crew.dismiss();
    await verifier.stop();
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Result {
  readonly stolen: boolean;
  readonly end: Inquiry;
}

/** Start investigations of thieves and innocents in turn, and kill a worker every so often until all have ended. */
async function inquiries(
  verifier: Verifier,
  owner: Case,
  size: typeof FULL,
  crew: Crew,
): Promise<{ readonly results: readonly Result[]; readonly seenTwice: number; readonly kills: number }> {
  // An endpoint of its own for each, so that a row that comes twice was asked twice.
  const endpoints = await Promise.all(
    Array.from({ length: size.investigations }, (_, i) =>
      serveModel(i % 2 === 0 ? owner.stolen : owner.innocent, ANSWER_MS),
    ),
  );
  try {
    const ids: string[] = [];
    for (const { url } of endpoints) {
      const suspect = await addEndpoint(verifier, url);
      const { model } = owner;
      const { budget, rate } = size;
      ids.push(await investigate(verifier, { model, suspect, budget, rate, earlyStop: false }));
    }
    const ended = allSettled(verifier, ids);
    const over = new AbortController();
    const killing = killInTurn(crew, size, over.signal);
    const ends = await ended.finally(() => over.abort());
    const kills = await killing;
    // One probe of each is asked a second time on purpose, under a number of its own.
    const seenTwice = endpoints.reduce(
      (sum, { asked }) => sum + Math.max(0, [...asked.values()].filter((times) => times > 1).length - 1),
      0,
    );
    return { results: ends.map((end, i) => ({ stolen: i % 2 === 0, end })), seenTwice, kills };
  } finally {
    for (const each of endpoints) await each.close();
  }
}

/** One after the other, so that waiting takes little of what the workers need. */
async function allSettled(verifier: Verifier, ids: readonly string[]): Promise<Inquiry[]> {
  const ends: Inquiry[] = [];
  for (const id of ids)
    ends.push(await settled<Inquiry>(verifier, `/investigations/${id}`, ["concluded", "failed"]));
  return ends;
}

/** @returns how many were killed until the signal, or as many as are to be */
async function killInTurn(
  crew: Crew,
  { killMs, kills }: Pick<typeof FULL, "killMs" | "kills">,
  signal: AbortSignal,
): Promise<number> {
  let killed = 0;
  while (killed < kills) {
    await sleep(killMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) break;
    await crew.replaceOne();
    killed++;
  }
  return killed;
}

async function askedTwice(verifier: Verifier, results: readonly Result[]): Promise<number> {
  let twice = 0;
  for (const { end } of results) {
    const { exchanges } = await exportedTranscript(verifier, end.id);
    const probes = exchanges.flatMap(({ request }) => request.probes);
    twice += probes.length - new Set(probes).size;
  }
  return twice;
}

async function unverifiedEvidence(
  verifier: Verifier,
  results: readonly Result[],
  folder: string,
): Promise<number> {
  let unverified = 0;
  const file = path.join(folder, "evidence.zip");
  for (const { end } of results) {
    const answer = await verifier.call(`/investigations/${end.id}/evidence`);
    await writeFile(file, new Uint8Array(await answer.arrayBuffer()));
    const { code } = await measure(process.execPath, [CLI, "evidence", "verify", file, "--json"]);
    if (code !== 0) unverified++;
  }
  return unverified;
}

/** Workers in processes of their own. */
interface Crew {
  hire(): Promise<void>;
  /** Kill the one that has been there longest, and hire another. */
  replaceOne(): Promise<void>;
  dismiss(): Promise<void>;
}

function createCrew(flags: readonly string[]): Crew {
  const workers: ChildProcess[] = [];
  const kill = async (worker: ChildProcess): Promise<void> => {
    if (worker.exitCode !== null || worker.signalCode !== null) return;
    worker.kill("SIGKILL");
    await once(worker, "exit");
  };
  const hire = async (): Promise<void> => {
    const args = [VERIFIER, ...flags, "--role", "worker", "--log-level", "error"];
    const worker = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    workers.push(worker);
    // The endpoints stand for other machines, which answer however busy this one is with beginning runs anew.
    if (worker.pid !== undefined) setPriority(worker.pid, constants.priority.PRIORITY_BELOW_NORMAL);
    await once(worker.stdout, "data");
  };
  return {
    hire,
    async replaceOne() {
      const oldest = workers.shift();
      if (oldest !== undefined) await kill(oldest);
      await hire();
    },
    async dismiss() {
      for (const each of workers) await kill(each);
    },
  };
}
