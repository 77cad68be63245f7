import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { openTranscript } from "@indicia/evidence/transcript-file";
import type { BenchOptions } from "../bench.js";
import { type Row, row } from "../row.js";
import { addEndpoint, ask, openCase } from "./case.js";
import { startVerifier } from "./service.js";

/** A short transcript is read several times: a service that has answered little has not yet the heap that garbage makes it take. */
const FULL = { lines: 1_000_000, times: 1 };
const QUICK = { lines: 40_000, times: 8 };
/** Exchanges that are written at once, to share an fsync. */
const TOGETHER = 5000;
const PAGE = 200;
/** Lines after which the service counts as warm. */
const WARM_LINES = 100_000;
/**
 * What the second half may take on top of the first. Garbage comes and goes by some 40 MB, once in about half a million lines
 * (what is in use stays within 4 MB), so that shorter windows would compare a crest with a trough.
 */
const GROWTH_BYTES: number = 48 * 2 ** 20;

const SHOWN_AT = [100_000, 500_000, 1_000_000] as const;

/** Resident memory after a page. */
interface Sample {
  /** Read until then. */
  readonly lines: number;
  readonly bytes: number;
}

const most = (samples: readonly Sample[]): number => Math.max(0, ...samples.map(({ bytes }) => bytes));

interface ExchangePage {
  readonly items: readonly unknown[];
  readonly next: string | null;
}

/** Memory of the service while somebody reads a transcript of a million lines page by page, from beginning to end. */
export async function memoryRows(bench: string, { quick, say }: BenchOptions): Promise<Row[]> {
  const { lines, times } = quick ? QUICK : FULL;
  const folder = await mkdtemp(path.join(tmpdir(), "indicia-bench-"));
  const data = path.join(folder, "data");
  const verifier = await startVerifier("--data", data);
  try {
    const { model } = await openCase(verifier, folder, 200);
    const suspect = await addEndpoint(verifier, "http://127.0.0.1:9/v2/models/m");
    const draft = { name: "bench", model, suspect };
    const { id } = await ask<{ id: string }>(verifier, "POST", "/investigations", draft);
    say(`memory: writing ${lines} lines`);
    await writeLines(path.join(data, "investigations", id, "observation"), lines);
    say("memory: reading them");
    const samples: Sample[] = [];
    let read = 0;
    for (let time = 0; time < times; time++) {
      let cursor = "";
      for (let next: string | null = ""; next !== null; cursor = `&cursor=${next}`) {
        const at = `/investigations/${id}/exchanges?limit=${PAGE}${cursor}`;
        const page: ExchangePage = await ask<ExchangePage>(verifier, "GET", at);
        next = page.next;
        read += page.items.length;
        samples.push({ lines: 2 * read, bytes: verifier.memory() ?? 0 });
      }
    }
    const half = lines * times * 0.5;
    const [first, second] = [
      most(samples.filter((each) => each.lines > WARM_LINES && each.lines <= half)),
      most(samples.filter((each) => each.lines > half)),
    ];
    const common = { bench, case: `a transcript of ${lines} lines, read page by page` };
    return [
      row({ ...common, metric: "exchanges read", value: read, goal: `== ${times * ((lines - 1) >> 1)}` }),
      ...SHOWN_AT.filter((at) => at <= lines * times).map((at) =>
        row({
          ...common,
          metric: `memory when ${at} lines had been read`,
          value: most(samples.filter((each) => each.lines > 0.9 * at && each.lines <= at)),
          unit: "bytes",
        }),
      ),
      row({
        ...common,
        metric: "memory of the second half on top of the first's",
        value: second - first,
        unit: "bytes",
        goal: `<= ${GROWTH_BYTES}`,
        baseline: first,
      }),
    ];
  } finally {
    await verifier.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** A transcript with its first line and exchanges of two lines each. */
async function writeLines(folder: string, lines: number): Promise<void> {
  await mkdir(folder, { recursive: true });
  const transcript = await openTranscript(path.join(folder, "transcript.jsonl"), {
    registration: null,
    target: "http://127.0.0.1:9/v2/models/m",
  });
  const exchanges = (lines - 1) >> 1;
  const body = new TextEncoder().encode('{"inputs": []}');
  for (let from = 0; from < exchanges; from += TOGETHER) {
    const some = Array.from({ length: Math.min(TOGETHER, exchanges - from) }, (_, i) => from + i);
    await Promise.all(
      some.map(async (probe) => {
        const url = "http://127.0.0.1:9/v2/models/m/infer";
        const intent = await transcript.intent({ method: "POST", url, headers: {}, body, probes: [probe] });
        await transcript.answer(intent, { status: 200, headers: {}, body });
      }),
    );
  }
  await transcript.close();
}
