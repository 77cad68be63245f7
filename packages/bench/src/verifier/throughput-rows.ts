import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Transcript } from "@indicia/evidence/transcript";
import type { BenchOptions } from "../bench.js";
import { startGateway } from "../gateway/server.js";
import { measure } from "../process.js";
import { rootPath } from "../root.js";
import { type Row, row } from "../row.js";
import { addEndpoint, investigate, openCase, settled } from "./case.js";
import { exportedTranscript } from "./exported-transcript.js";
import { median } from "../speed/median.js";
import { startVerifier } from "./service.js";

const CANNON = rootPath("packages", "bench", "dist", "verifier", "cannon-main.js");
/** Autocannon's default, and as many requests as an investigation has under way. */
const CONNECTIONS = [10, 32] as const;
const FULL = { probes: 10_000, rounds: 3 };
const QUICK = { probes: 600, rounds: 1 };
/** Of what autocannon gets. */
const GOAL = 0.8;

/**
 * An investigation of many probes against what autocannon gets from the same endpoint with the same requests, one after
 * the other in the same run.
 */
export async function throughputRows(bench: string, { quick, say }: BenchOptions): Promise<Row[]> {
  const { probes, rounds } = quick ? QUICK : FULL;
  const folder = await mkdtemp(path.join(tmpdir(), "indicia-bench-"));
  const verifier = await startVerifier();
  try {
    const { model, stolen } = await openCase(verifier, folder, probes + 200);
    const endpoint = await startGateway("--model", stolen, "--name", "m");
    try {
      const suspect = await addEndpoint(verifier, `${endpoint.address}/v2/models/m`);
      const ours: Pace[] = [];
      const theirs: number[] = [];
      for (let round = 0; round < rounds; round++) {
        say(`throughput: round ${round + 1} of ${rounds}`);
        const id = await investigate(verifier, { model, suspect, budget: probes, earlyStop: false });
        await settled(verifier, `/investigations/${id}`, ["concluded"]);
        const transcript = await exportedTranscript(verifier, id);
        ours.push(paceOf(transcript));
        theirs.push(await cannonPace(transcript, path.join(folder, "shots.json")));
      }
      const baseline = median(theirs);
      const common = { bench, case: `${probes} probes in requests of 16 rows`, unit: "rows/s", baseline };
      return [
        row({
          ...common,
          metric: "asked while asking",
          value: median(ours.map(({ asking }) => asking)),
          rounds: ours.map(({ asking }) => asking),
          goal: `>= ${GOAL}`,
          goalOn: "ratio",
        }),
        row({
          ...common,
          metric: "asked, looks included",
          value: median(ours.map(({ whole }) => whole)),
          rounds: ours.map(({ whole }) => whole),
          goal: `>= ${GOAL}`,
          goalOn: "ratio",
        }),
      ];
    } finally {
      await endpoint.stop();
    }
  } finally {
    await verifier.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** What `cannon-main.ts` prints. */
interface Fired {
  readonly answered: number;
  readonly failed: number;
  readonly seconds: number;
}

/** Rows per second. */
interface Pace {
  /** Without the time that looks take, in which nothing may be asked. */
  readonly asking: number;
  /** From the first probe to the last answer. */
  readonly whole: number;
}

/** By the times of the transcript: of each stretch between two looks, from its first intent to its last answer. */
function paceOf({ exchanges, notes }: Transcript): Pace {
  const asked = exchanges.filter(({ request }) => request.probes.length > 0);
  const looks = notes.filter(({ kind }) => kind === "look").map(({ line }) => line);
  const stretches = [...looks, Number.POSITIVE_INFINITY].map((end, i) =>
    asked.filter(({ intent }) => intent < end && intent > (looks[i - 1] ?? -1)),
  );
  const rows = asked.reduce((sum, { request }) => sum + request.probes.length, 0);
  const asking = stretches.reduce((sum, stretch) => sum + secondsOf(stretch), 0);
  return { asking: rows / asking, whole: rows / secondsOf(asked) };
}

function secondsOf(exchanges: Transcript["exchanges"]): number {
  const begins = exchanges.map(({ time }) => Date.parse(time));
  const ends = exchanges.flatMap(({ outcome }) =>
    outcome.kind === "open" ? [] : [Date.parse(outcome.time)],
  );
  return exchanges.length === 0 ? 0 : (Math.max(...ends) - Math.min(...begins)) / 1000;
}

/** Rows per second that autocannon gets with the requests of a transcript, by whichever number of connections is better. */
async function cannonPace({ exchanges }: Transcript, file: string): Promise<number> {
  const asked = exchanges.filter(({ request }) => request.probes.length > 0);
  const [first] = asked;
  if (first === undefined) throw new RangeError("nothing was asked");
  const requests = asked.map(({ request }) => ({
    path: new URL(request.url).pathname,
    headers: request.headers,
    body: Buffer.from(request.body).toString("base64"),
  }));
  const { origin: url } = new URL(first.request.url);
  const rows = asked.reduce((sum, { request }) => sum + request.probes.length, 0);
  let best = 0;
  for (const connections of CONNECTIONS) {
    await writeFile(file, JSON.stringify({ url, connections, requests }));
    const { stdout } = await measure(process.execPath, [CANNON, file], { codes: [0] });
    const { answered, failed, seconds } = JSON.parse(stdout) as Fired;
    if (failed > 0 || answered !== asked.length) throw new RangeError(`${failed} shots of autocannon failed`);
    best = Math.max(best, rows / seconds);
  }
  return best;
}
