import { readFile } from "node:fs/promises";
import { INTERRUPTED, readTranscript } from "../transcript.js";
import { openTranscript } from "../transcript-file.js";
import { buildChild, linesOfKilled } from "./killed-child-file.js";

/** What a killed process had acknowledged, and what the transcript says afterwards. */
export interface CrashOutcome {
  readonly acknowledged: number;
  /** Acknowledged intents that the transcript does not have, or no longer as answered where that was acknowledged. */
  readonly missing: readonly string[];
  /** Exchanges that are neither answered nor lost as interrupted. */
  readonly unsettled: number;
  readonly interrupted: number;
  readonly recoveries: number;
}

/** Make a program of the child that plain Node can run; returns its path in a new folder. */
export function buildCrashChild(): Promise<string> {
  return buildChild("crash-child-file");
}

/**
 * Run the child on a transcript, kill it after some milliseconds of recording, and go on where it was killed.
 *
 * @param program as `buildCrashChild` made it
 */
export async function crashOnce(program: string, file: string, milliseconds: number): Promise<CrashOutcome> {
  const lines = await linesOfKilled([program, file], milliseconds);
  const said = lines.map((line) => JSON.parse(line) as Said);
  const transcript = await openTranscript(file, {
    registration: "ab".repeat(32),
    target: "http://suspect.example",
  });
  await transcript.close();
  const { exchanges, recoveries } = readTranscript(new Uint8Array(await readFile(file)));
  const ends = new Map(exchanges.map(({ intent, outcome }) => [intent, outcome]));
  const missing = said.filter(({ intent, answered }) =>
    intent === undefined ? ends.get(answered ?? -1)?.kind !== "answer" : !ends.has(intent),
  );
  const lost = exchanges.filter(
    ({ outcome }) => outcome.kind === "lost" && outcome.reason === INTERRUPTED,
  ).length;
  const answers = exchanges.filter(({ outcome }) => outcome.kind === "answer").length;
  return {
    acknowledged: said.length,
    missing: missing.map((event) => JSON.stringify(event)),
    unsettled: exchanges.length - lost - answers,
    interrupted: lost,
    recoveries,
  };
}

interface Said {
  readonly intent?: number;
  readonly answered?: number;
}
