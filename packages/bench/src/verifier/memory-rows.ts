import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { openTranscript } from "@indicia/evidence/transcript-file";
import type { BenchOptions } from "../bench.js";
import { type Row, row } from "../row.js";
import { addEndpoint, ask, openCase } from "./case.js";
import { startVerifier } from "./service.js";

const FULL_LINES = 1_000_000;
const QUICK_LINES = 40_000;
/** Exchanges that are written at once, to share an fsync. */
const TOGETHER = 5000;
const PAGE = 200;
/** Share of the pages after which the service counts as warm: its heap has then the size that garbage makes it take. */
const WARM = 0.25;
/** What may come on top of that, for three times as many pages. */
const GROWTH_BYTES: number = 48 * 2 ** 20;

interface ExchangePage {
  readonly items: readonly unknown[];
  readonly next: string | null;
}

/** Memory of the service while somebody reads a transcript of a million lines page by page, from beginning to end. */
export async function memoryRows(bench: string, { quick, say }: BenchOptions): Promise<Row[]> {
  const lines = quick ? QUICK_LINES : FULL_LINES;
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
    let read = 0;
    let warm = 0;
    let most = 0;
    let cursor = "";
    for (let page = 0; ; page++) {
      const { items, next } = await ask<ExchangePage>(
        verifier,
        "GET",
        `/investigations/${id}/exchanges?limit=${PAGE}${cursor}`,
      );
      read += items.length;
      const memory = verifier.memory() ?? 0;
      if (page <= (WARM * lines) / 2 / PAGE) warm = Math.max(warm, memory);
      most = Math.max(most, memory);
      if (next === null) break;
      cursor = `&cursor=${next}`;
    }
    const common = { bench, case: `a transcript of ${lines} lines, read page by page` };
    return [
      row({ ...common, metric: "exchanges read", value: read, goal: `== ${(lines - 1) >> 1}` }),
      row({
        ...common,
        metric: "memory on top of the first quarter's",
        value: most - warm,
        unit: "bytes",
        goal: `<= ${GROWTH_BYTES}`,
        baseline: warm,
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
