import { openQueryLog } from "../query-log-file.js";

/**
 * A process made to be killed: logs without end, several requests at a time, and tells its parent of each that was
 * acknowledged, on standard output, one number per line.
 */
const [, , folder = "log", first = "0"] = process.argv;
/** Requests that are under way at once. */
const CLIENTS = 8;
let next = Number(first);
const log = await openQueryLog(folder, {
  registration: "ab".repeat(32),
  clock: () => new Date(),
  segment: { entries: 50 },
  sealing: { kind: "sub-key", key: new Uint8Array(32).fill(7) },
});

async function askWithoutEnd(): Promise<never> {
  for (;;) {
    const number = next;
    next += 1;
    await log.answered([
      {
        customer: "alice",
        query: number.toString(16).padStart(64, "0"),
        input: () => new Uint8Array(number % 700),
        answer: { values: [number] },
        changed: false,
      },
    ]);
    process.stdout.write(`${number}\n`);
  }
}

await Promise.all(Array.from({ length: CLIENTS }, () => askWithoutEnd()));
