import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { canonicalBytes, sha256Hex } from "../canonical.js";
import { excerptBytes } from "../query-excerpt.js";
import { makeQueryExcerpt } from "../query-excerpt-file.js";
import { openQueryLog } from "../query-log-file.js";
import { readQueryLogFolder } from "../query-log-read-file.js";
import type { LogSealing } from "../query-seal-file.js";
import type { QueryLog } from "../query-log.js";
import { readTranscript } from "../transcript.js";
import { SAMPLE_TIME } from "./sample-facts.js";
import type { TraceChanges } from "./sample-trace.js";

/** Answers of the sample's log, in turn to carol and to dave. */
const ANSWERS = 10;
const SUSPECT = { protocol: "json", target: "http://suspect.example" };

/** A log, and what of it those whom a trace names are shown. */
export interface SampleQueryLog {
  readonly log: QueryLog;
  readonly excerpt: Uint8Array;
}

/** A log of a few answers in three segments, of which the last is open; in the clear the same bytes each time. */
export async function sampleQueryLog(
  registration: string,
  given: {
    readonly sealing?: LogSealing & { readonly kind: "sub-key" };
    readonly shown?: readonly string[];
  } = {},
): Promise<SampleQueryLog> {
  const { sealing = null, shown = ["carol"] } = given;
  const keys = { subKey: sealing?.key ?? null, unwrap: null };
  const folder = await mkdtemp(path.join(tmpdir(), "indicia-sample-log-"));
  try {
    const log = await openQueryLog(folder, {
      registration,
      clock: () => new Date(SAMPLE_TIME),
      segment: { entries: 5, hours: 24 * 365 },
      sealing,
    });
    for (let i = 0; i < ANSWERS; i += 1)
      await log.answered([
        {
          customer: i % 2 === 0 ? "carol" : "dave",
          query: sha256Hex(Uint8Array.of(i)),
          input: () => Uint8Array.of(i),
          answer: { values: [i / 4, 1] },
          changed: false,
          request: `request-${i}`,
        },
      ]);
    await log.close();
    const choose = ({ customer }: { readonly customer: string | null }): boolean =>
      shown.includes(customer ?? "");
    const excerpt = await makeQueryExcerpt(folder, { keys, choose });
    if (excerpt === null) throw new TypeError("nothing was chosen");
    return { log: await readQueryLogFolder(folder, keys), excerpt: excerptBytes(excerpt) };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/**
 * What makes the sample of a trace one with logged queries and an excerpt of their log.
 *
 * @param transcript of the sample's observation, which stands for that of the logged queries too
 */
export function withQueryLog(
  { log, excerpt }: SampleQueryLog,
  {
    registration,
    transcript,
    ...more
  }: { readonly registration: string; readonly transcript: Uint8Array } & Pick<TraceChanges, "named">,
): TraceChanges {
  const { entries, root } = readTranscript(transcript);
  const logged = canonicalBytes({
    version: 1,
    kind: "indicia logged observation",
    registration,
    log: { head: log.head, lines: log.lines, ...log.roots },
    asked: ANSWERS,
    files: {},
    transcript: { entries, root },
  });
  const seal = sha256Hex(logged);
  return {
    ...more,
    trace: { logged: seal, position: 2 },
    noted: (lines) => [
      ...lines,
      { type: "observation", body: { seal, purpose: "logged queries", suspect: SUSPECT } },
    ],
    files: (files) => {
      files.set("logged/logged.json", logged);
      files.set("logged/transcript.jsonl", transcript);
      files.set("query-log/excerpt.json", excerpt);
    },
  };
}
