import { openTranscript } from "../transcript-file.js";

/**
 * A process made to be killed: asks and answers without end, several at a time, and tells its parent of each record
 * that was acknowledged, on standard output, one JSON line each.
 */
const [, , file = "transcript.jsonl"] = process.argv;
const transcript = await openTranscript(file, {
  registration: "ab".repeat(32),
  target: "http://suspect.example",
});
const say = (event: object): void => {
  process.stdout.write(`${JSON.stringify(event)}\n`);
};

async function askWithoutEnd(probe: number): Promise<never> {
  for (;;) {
    const body = new Uint8Array(probe * 37);
    const intent = await transcript.intent({
      method: "POST",
      url: "http://suspect.example/",
      headers: {},
      body,
      probes: [probe],
    });
    say({ intent });
    await transcript.answer(intent, { status: 200, headers: {}, body });
    say({ answered: intent });
  }
}

await Promise.all([1, 2, 3, 4, 5, 6].map((probe) => askWithoutEnd(probe)));
