import { open, rm } from "node:fs/promises";
import { openTranscript } from "@indicia/evidence/transcript-file";
import { type Row, row } from "../row.js";

/** A request of two kilobytes, and an answer of one: twenty rows of an image model's features and scores. */
const REQUEST: Uint8Array = new Uint8Array(2048).fill(0x61);
const ANSWER: Uint8Array = new Uint8Array(1024).fill(0x62);
/** Exchanges under way at once. An examination has two; a gateway or several examinations at once have more. */
const ASKERS = [1, 2, 16, 128] as const;
const GOAL = ">= 2000";

/**
 * How many exchanges a second go on record: each intent is on disk (fdatasync) before its request would leave, each
 * answer before the next intent of the same asker. Those who wait at the same time share a sync. Beside it, in the same
 * run, the plain way: write and sync each of the two lines by itself.
 */
export async function appendRows(
  bench: string,
  at: (name: string) => string,
  { exchanges, say }: { exchanges: number; say: (line: string) => void },
): Promise<Row[]> {
  const rows: Row[] = [];
  const baseline = await plainRate(at("plain.jsonl"), Math.min(exchanges, 1000));
  for (const askers of ASKERS) {
    say(`appending, ${askers} at once`);
    // One alone waits for the disk each time; fewer show as much.
    const count = askers < 16 ? Math.min(exchanges, 2000) : exchanges;
    const value = await recordedRate(at(`append-${askers}.jsonl`), { exchanges: count, askers });
    const goal = askers === ASKERS.at(-1) ? { goal: GOAL } : {};
    rows.push(
      row({
        bench,
        case: `append with fsync, ${askers} at once`,
        metric: "exchanges",
        value,
        unit: "/s",
        baseline,
        ...goal,
      }),
    );
  }
  return rows;
}

/** @returns exchanges per second */
async function recordedRate(file: string, options: { exchanges: number; askers: number }): Promise<number> {
  const transcript = await openTranscript(file, { registration: null, target: "http://suspect.example" });
  let left = options.exchanges;
  const began = performance.now();
  const ask = async (probe: number): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const intent = await transcript.intent({
        method: "POST",
        url: "http://suspect.example/v2/models/m/infer",
        headers: { "content-type": "application/json" },
        body: REQUEST,
        probes: [probe],
      });
      await transcript.answer(intent, { status: 200, headers: {}, body: ANSWER, address: "192.0.2.7" });
    }
  };
  await Promise.all(Array.from({ length: options.askers }, (_, probe) => ask(probe)));
  const seconds = (performance.now() - began) / 1000;
  await transcript.finish();
  await rm(file);
  return options.exchanges / seconds;
}

/** Two lines of the same lengths for each exchange, each written and synced before the next. */
async function plainRate(file: string, exchanges: number): Promise<number> {
  const handle = await open(file, "wx");
  const lines = [REQUEST, ANSWER].map(
    (body) => `${Buffer.from(body).toString("base64").padEnd(3200, " ")}\n`,
  );
  const began = performance.now();
  for (let done = 0; done < exchanges; done++) {
    for (const line of lines) {
      await handle.write(line);
      await handle.datasync();
    }
  }
  const seconds = (performance.now() - began) / 1000;
  await handle.close();
  await rm(file);
  return exchanges / seconds;
}
