import { openQueryLog } from "@indicia/evidence/query-log-file";
import { sampleAnswer, SAMPLE_LOG } from "./sample-log.js";

/**
 * A gateway that does nothing but log, made to be killed: it answers without end, several requests at once, and says the
 * number of each entry that was acknowledged on standard output, one to a line.
 */
const [, , folder = "", first = "0"] = process.argv;
/** Requests under way at once. */
const REQUESTS = 8;
let next = Number(first);
const log = await openQueryLog(folder, SAMPLE_LOG);

async function answerWithoutEnd(): Promise<never> {
  for (;;) {
    const number = next;
    next += 1;
    await log.answered([sampleAnswer(number)]);
    process.stdout.write(`${number}\n`);
  }
}

await Promise.all(Array.from({ length: REQUESTS }, () => answerWithoutEnd()));
