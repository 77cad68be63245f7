import { stat } from "node:fs/promises";
import { CLI, indicia } from "../first-light/programs.js";
import { measure } from "../process.js";
import { type Row, row } from "../row.js";
import { lengthenTranscript } from "./long-transcript.js";
import type { Owner } from "./owner.js";

/** Rows asked by the observation, eight to an exchange, whose transcript is then made longer. */
const ASKED = "640";
const MEGABYTE = 1_000_000;

/**
 * What verifying evidence with a long transcript takes: the whole command, as a stranger calls it, in a process of its
 * own; the best of some rounds, since whatever else runs on the machine can only add.
 */
export async function verifyRows(
  bench: string,
  owner: Owner,
  { exchanges, rounds, say }: { exchanges: number; rounds: number; say: (line: string) => void },
): Promise<Row[]> {
  const [folder, evidence] = [owner.at("long"), owner.at("long.zip")];
  say(`evidence of ${exchanges} exchanges`);
  const asking = ["--protocol", "onnx-black-box", "--budget", ASKED];
  await indicia("observe", owner.copy, ...owner.observing, ...asking, "--out", folder);
  await lengthenTranscript(folder, exchanges);
  const concluding = ["--registration", owner.registration, "--key", owner.key];
  await indicia("conclude", folder, ...concluding, "--out", evidence);
  const measured = [];
  for (let round = 0; round < rounds; round++) {
    say(`verifying, round ${round + 1} of ${rounds}`);
    measured.push(
      await measure(process.execPath, [CLI, "evidence", "verify", evidence, "--json"], { codes: [0] }),
    );
  }
  const label = `verify, ${exchanges} exchanges`;
  const seconds = measured.map((each) => each.seconds);
  const peak = Math.max(...measured.map(({ peakBytes }) => (peakBytes ?? 0) / MEGABYTE));
  const found = measured.map(({ stdout }) => /"detail": ?"(\d+) exchanges, 0 lost/.exec(stdout)?.[1] ?? "0");
  const add = (
    metric: string,
    value: number,
    more: { unit?: string; goal?: string; rounds?: number[] } = {},
  ) => row({ bench, case: label, metric, value, ...more });
  return [
    add("exchanges verified", Math.min(...found.map(Number)), { goal: `== ${exchanges}` }),
    add("evidence", (await stat(evidence)).size / MEGABYTE, { unit: "MB" }),
    add("transcript", (await stat(`${folder}/transcript.jsonl`)).size / MEGABYTE, { unit: "MB" }),
    add("time, best round", Math.min(...seconds), { unit: "s", goal: "<= 5", rounds: seconds }),
    add("peak memory", peak, { unit: "MB", goal: "<= 500" }),
  ];
}
