import { spawn } from "node:child_process";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type RandomNumbers, randomNumbers } from "@indicia/data/random-numbers";
import { openQueryLog } from "@indicia/evidence/query-log-file";
import { readQueryLogFolder, walkQueryLog } from "@indicia/evidence/query-log-read-file";
import type { LogKeys } from "@indicia/evidence/query-seal-file";
import type { BenchOptions } from "../bench.js";
import { type Row, row } from "../row.js";
import { SAMPLE_LOG, sampleAnswer } from "./sample-log.js";

const WRITER: string = fileURLToPath(new URL("./log-writer-main.js", import.meta.url));
/** Entries under way at once: one client alone, a few, and as many as a busy gateway batches. */
const WAITING = [1, 64, 1024] as const;
const ENTRIES_GOAL = ">= 5000";
/** Longest time from the first entry to the kill, so that many groups and changes of segments are met. */
const LONGEST_MS = 120;
const KEYS: LogKeys = {
  subKey: SAMPLE_LOG.sealing?.kind === "sub-key" ? SAMPLE_LOG.sealing.key : null,
  unwrap: null,
};

/**
 * The query log: how many entries a second are on disk before their answers leave, what is lost when the gateway is
 * killed, and whether any changed byte is found.
 *
 * @param at a path in a folder of the bench's own
 */
export async function logRows(
  bench: string,
  at: (name: string) => string,
  { quick, say }: BenchOptions,
): Promise<Row[]> {
  return [
    ...(await rateRows(bench, at("rate"), { entries: quick ? 4000 : 40_000, say })),
    ...(await killRows(bench, at("killed"), { kills: quick ? 10 : 100, say })),
    ...(await changeRows(bench, at("changed"), { changes: quick ? 100 : 1000, say })),
  ];
}

/** Entries a second, each on disk before it counts; those that wait at the same time share a sync. */
async function rateRows(
  bench: string,
  folder: string,
  { entries, say }: { entries: number; say: (line: string) => void },
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const sealed of [false, true])
    for (const waiting of WAITING) {
      const how = sealed ? "sealed" : "in the clear";
      say(`logging ${how}, ${waiting} at once`);
      // One alone waits for the disk each time; fewer show as much.
      const count = waiting === 1 ? Math.min(entries, 1000) : entries;
      const rate = await entryRate(folder, { count, waiting, sealed });
      const label = `query log with group fsync, ${how}, ${waiting} at once`;
      const goal = waiting === WAITING.at(-1) ? { goal: ENTRIES_GOAL } : {};
      rows.push(
        row({ bench, case: label, metric: "entries", value: rate.entries, unit: "/s", ...goal }),
        // What the log alone costs, whatever else the machine is doing.
        row({ bench, case: label, metric: "entries per processor second", value: rate.perProcessorSecond }),
      );
    }
  return rows;
}

async function entryRate(
  folder: string,
  { count, waiting, sealed }: { count: number; waiting: number; sealed: boolean },
): Promise<{ readonly entries: number; readonly perProcessorSecond: number }> {
  const { registration, clock } = SAMPLE_LOG;
  const sealing = sealed ? (SAMPLE_LOG.sealing ?? null) : null;
  const log = await openQueryLog(folder, { registration, clock, sealing });
  let next = 0;
  const ask = async (): Promise<void> => {
    while (next < count) {
      next += 1;
      await log.answered([sampleAnswer(next)]);
    }
  };
  const began = performance.now();
  const before = process.cpuUsage();
  await Promise.all(Array.from({ length: waiting }, ask));
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(before);
  await log.close();
  await rm(folder, { recursive: true });
  return { entries: count / seconds, perProcessorSecond: count / ((user + system) / 1e6) };
}

/** One log goes on through many kills; after each the next gateway opens it. */
async function killRows(
  bench: string,
  folder: string,
  { kills, say }: { kills: number; say: (line: string) => void },
): Promise<Row[]> {
  const random = randomNumbers("gateway: kills of the query log");
  const acknowledged: number[] = [];
  let first = 0;
  for (let kill = 0; kill < kills; kill++) {
    if (kill % 10 === 0) say(`killing the gateway, ${kill + 1} of ${kills}`);
    const said = await killedWriter(folder, first, random);
    for (const number of said) acknowledged.push(number);
    // Numbers that were under way and not said may be in the log as well.
    first = Math.max(first, ...said) + 1000;
  }
  const { answers } = await readQueryLogFolder(folder, KEYS);
  const there = new Set(answers.map(({ query }) => Number.parseInt(query, 16)));
  const lost = acknowledged.filter((number) => !there.has(number)).length;
  const { segments } = await walkQueryLog(folder);
  await rm(folder, { recursive: true });
  const label = `kill -9 of a gateway at ${kills} points`;
  return [
    row({ bench, case: label, metric: "acknowledged entries lost", value: lost, goal: "== 0" }),
    row({ bench, case: label, metric: "acknowledged entries", value: acknowledged.length }),
    row({ bench, case: label, metric: "segments", value: segments.length }),
  ];
}

/** @returns numbers of the entries that the writer had said to be on disk when it was killed */
async function killedWriter(folder: string, first: number, random: RandomNumbers): Promise<number[]> {
  const child = spawn(process.execPath, [WRITER, folder, String(first)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.setEncoding("utf8");
  const begun = new Promise<void>((resolve) => {
    child.stdout.on("data", (text: string) => {
      output += text;
      resolve();
    });
  });
  const ended = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
  });
  await Promise.race([begun, ended]);
  await sleep(random.below(LONGEST_MS));
  child.kill("SIGKILL");
  await ended;
  return output.split("\n").slice(0, -1).map(Number);
}

/** Changes of single bytes anywhere in the log, by somebody without its key; each is to be found without it, too. */
async function changeRows(
  bench: string,
  folder: string,
  { changes, say }: { changes: number; say: (line: string) => void },
): Promise<Row[]> {
  say(`${changes} changes of one byte`);
  const random = randomNumbers("gateway: changed bytes of the query log");
  const log = await openQueryLog(folder, { ...SAMPLE_LOG, segment: { entries: 20 } });
  for (let number = 0; number < 50; number++) await log.answered([sampleAnswer(number)]);
  await log.close();
  const names = (await readdir(folder)).filter((name) => name.endsWith(".jsonl"));
  let undetected = 0;
  for (let i = 0; i < changes; i++) {
    const file = path.join(folder, names[random.below(names.length)] ?? "");
    const whole = await readFile(file);
    const changed = Uint8Array.from(whole);
    const byte = random.below(changed.length);
    changed[byte] = (changed[byte] ?? 0) ^ (1 + random.below(255));
    await writeFile(file, changed);
    if (await isAccepted(folder)) undetected += 1;
    await writeFile(file, whole);
  }
  const intact = await isAccepted(folder);
  await rm(folder, { recursive: true });
  const label = `${changes} changed bytes of the query log`;
  return [
    row({ bench, case: label, metric: "undetected", value: undetected, goal: "== 0" }),
    row({ bench, case: label, metric: "unchanged log refused", value: intact ? 0 : 1, goal: "== 0" }),
  ];
}

async function isAccepted(folder: string): Promise<boolean> {
  try {
    await walkQueryLog(folder);
    return true;
  } catch {
    return false;
  }
}
