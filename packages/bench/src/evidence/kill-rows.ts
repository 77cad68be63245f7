import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { completeLength, readChain } from "@indicia/evidence/chain";
import { nativeSha256 } from "@indicia/evidence/hash-file";
import { INTERRUPTED, readTranscript } from "@indicia/evidence/transcript";
import { type RandomNumbers, randomNumbers } from "@indicia/data/random-numbers";
import { CLI, indicia } from "../first-light/programs.js";
import { type Row, row } from "../row.js";
import type { Owner } from "./owner.js";
import { startWatchingEndpoint } from "./watching-endpoint.js";

/** Number under which one row is asked a second time. */
const REPEATED_PROBE = 999_999_999;
/** Requests per second while it is killed: so slow that there is always one to come. */
const RATE = "200";
/** Most new bytes of the record before a kill: those of a few dozen requests. */
const MOST_BYTES = 40_000;
/** Longest time after them, so that writing, sending, answering and writing again are all met. */
const LONGEST_MS = 12;
/** Every so many kills come at any time from the start of the process, before it asks anything or after. */
const EARLY = 5;
const EARLY_MS = 1500;

/**
 * One examination of a local endpoint, killed without warning at random moments and taken up again each time, then
 * brought to its end. The endpoint keeps its own record of what it was asked and what it answered.
 */
export async function killRows(
  bench: string,
  owner: Owner,
  { kills, budget, say }: { kills: number; budget: number; say: (line: string) => void },
): Promise<Row[]> {
  const folder = owner.at("killed");
  const transcript = `${folder}/transcript.jsonl`;
  const endpoint = await startWatchingEndpoint(transcript);
  const random = randomNumbers("evidence: kills");
  const observe = ["observe", endpoint.address, ...owner.observing, "--allow-private"];
  const found = { torn: 0, changed: 0 };
  let before: Uint8Array = new Uint8Array(0);
  for (let kill = 0; kill < kills; kill++) {
    if (kill % 10 === 0) say(`kill ${kill + 1} of ${kills}, ${endpoint.asked.length} asked`);
    const where = before.length === 0 ? ["--budget", String(budget), "--out", folder] : ["--resume", folder];
    const asking = ["--budget", String(budget), "--rate", RATE];
    await killed([...observe, ...asking, ...where], transcript, {
      early: kill % EARLY === EARLY - 1,
      random,
    });
    const now = existsSync(transcript) ? new Uint8Array(readFileSync(transcript)) : new Uint8Array(0);
    const complete = now.subarray(0, completeLength(now));
    // What was on record stays, and what follows is a whole chain but for a last line that was never acknowledged.
    found.changed += Number(!isPrefix(before.subarray(0, completeLength(before)), complete));
    readChain(complete, { kind: "transcript", sha256: nativeSha256 });
    found.torn += Number(complete.length < now.length);
    before = now;
  }
  say(`going on to the end, ${endpoint.asked.length} asked`);
  await indicia(...observe, "--budget", String(budget), "--rate", "10000", "--resume", folder);
  endpoint.close();
  const { exchanges, recoveries } = readTranscript(readFileSync(transcript), { sha256: nativeSha256 });
  const asking = exchanges.filter(({ request }) => request.probes.length > 0);
  const ends = new Map(asking.map(({ request, outcome }) => [request.sha256, outcome]));
  const probes = asking.flatMap(({ request }) => [...request.probes]);
  const again = probes.filter((probe) => probe === REPEATED_PROBE);
  const misrecorded = [...endpoint.answered].filter(([request, answer]) => {
    const end = ends.get(request);
    return !(end?.kind === "lost" || (end?.kind === "answer" && end.answer.sha256 === answer));
  });
  const interrupted = exchanges.filter(
    ({ outcome }) => outcome.kind === "lost" && outcome.reason === INTERRUPTED,
  ).length;
  const add = (metric: string, value: number, goal?: string): Row =>
    row({
      bench,
      case: `kill -9, ${kills} times`,
      metric,
      value,
      ...(goal === undefined ? {} : { goal }),
    });
  return [
    add("requests that the endpoint got", endpoint.asked.length),
    add("rows sent again on purpose, to see whether it answers alike", again.length),
    add("requests beyond their intents: asked again unrecorded", unintended(endpoint.asked, asking), "== 0"),
    add("probes asked twice, as recorded", probes.length - new Set(probes).size, "== 0"),
    add("requests that came before their intent was on file", endpoint.unrecorded.length, "== 0"),
    add("answers given that are neither recorded nor lost", misrecorded.length, "== 0"),
    add(
      "exchanges without an end",
      exchanges.filter(({ outcome }) => outcome.kind === "open").length,
      "== 0",
    ),
    add("records that lost or changed a line", found.changed, "== 0"),
    add("exchanges recorded as lost to a kill", interrupted),
    add("last lines cut off after a kill", recoveries),
  ];
}

/** Start, wait until the record has grown or for a while, and kill. */
async function killed(
  args: readonly string[],
  transcript: string,
  { early, random }: { early: boolean; random: RandomNumbers },
): Promise<void> {
  const enough = sizeOf(transcript) + 1 + random.below(MOST_BYTES);
  const child = spawn(process.execPath, [CLI, ...args, "--quiet"], { stdio: "ignore" });
  const exited = once(child, "exit");
  if (early) await sleep(random.below(EARLY_MS));
  else while (sizeOf(transcript) < enough && child.exitCode === null) await sleep(2);
  await sleep(random.below(LONGEST_MS));
  child.kill("SIGKILL");
  await exited;
}

/** Requests that arrived more often than intents were recorded for them. */
function unintended(
  asked: readonly string[],
  recorded: readonly { readonly request: { readonly sha256: string } }[],
): number {
  const left = new Map<string, number>();
  for (const { request } of recorded) left.set(request.sha256, (left.get(request.sha256) ?? 0) + 1);
  return asked.filter((hash) => {
    const intents = left.get(hash) ?? 0;
    left.set(hash, intents - 1);
    return intents <= 0;
  }).length;
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function isPrefix(start: Uint8Array, whole: Uint8Array): boolean {
  return start.length <= whole.length && Buffer.compare(start, whole.subarray(0, start.length)) === 0;
}
