import { mkdir } from "node:fs/promises";
import path from "node:path";
import { isDeepStrictEqual } from "node:util";
import { CoreError } from "@indicia/core/error";
import { OBSERVATION_FILES } from "@indicia/core/observation-folder";
import { DECODING_NOTE } from "@indicia/core/observe-endpoint";
import { observeLogged } from "@indicia/core/observe-logged";
import type { Registration } from "@indicia/core/registration";
import { readRegisteredRows } from "@indicia/core/registration-folder";
import { resumedSuspect, rowsSpent } from "@indicia/core/resume";
import { readRegisteredShadows } from "@indicia/core/shadow-folder";
import { fingerprint } from "@indicia/data/fingerprint";
import { readNpz } from "@indicia/data/npz";
import { canonicalBytes, sha256Hex } from "@indicia/evidence/canonical";
import type { CustomerEntry } from "@indicia/evidence/customers";
import { writeDurably } from "@indicia/evidence/durable-file";
import { nativeSha256 } from "@indicia/evidence/hash-file";
import type { SealedLogged } from "@indicia/evidence/logged-formats";
import { groupQueries, type QueryGroup } from "@indicia/evidence/query-groups";
import type { QueryLog } from "@indicia/evidence/query-log";
import { readQueryLogFolder } from "@indicia/evidence/query-log-read-file";
import type { LogKeys } from "@indicia/evidence/query-seal-file";
import { requireRegistration } from "@indicia/evidence/query-index-file";
import { openTranscript } from "@indicia/evidence/transcript-file";
import { rowOf, type Tensor } from "@indicia/onnx/tensor";
import type { Context } from "./context.js";
import { DEFAULT_BUDGET, DEFAULT_RATE } from "./defaults.js";
import { npzRows, stages } from "./load.js";
import { withClassNames } from "./name-classes.js";
import { checkedReference, openBlackBox, requireSameDecoding, targetOf } from "./observe-suspect.js";
import type { Suspect } from "./options.js";

/** Name of the sealed answers to logged queries. */
export const LOGGED_FILE = "logged.json";

/** Folder of them, inside that of the observation. */
export const LOGGED_FOLDER = "logged";

/** What asking logged queries again needs to know. */
export interface AskingAgain {
  readonly suspect: Suspect;
  readonly registrationFolder: string;
  readonly registration: Registration;
  readonly reference: string;
  readonly customers: readonly CustomerEntry[];
  /** Folder of the log. */
  readonly queryLog: string;
  /** What opens the log where it is encrypted. */
  readonly logKeys: LogKeys;
  readonly budget: number | null;
  /** Folder for what is observed; goes on where something was asked already. */
  readonly folder: string;
}

/**
 * Ask a suspect what a gateway was asked, and seal it. No key can reach this module.
 *
 * @throws CoreError, SuspectError, EvidenceError
 */
export async function observeQueries(asking: AskingAgain, context: Context): Promise<SealedLogged> {
  const { registration, registrationFolder, folder } = asking;
  const log = await readQueryLogFolder(asking.queryLog, asking.logKeys);
  requireRegistration(log.registration, registration.commitment);
  const referenceSha256 = await checkedReference(asking, asking.reference);
  const pool = await readRegisteredRows(registrationFolder, registration, "pool", npzRows);
  const calibration = await readRegisteredRows(registrationFolder, registration, "calibration", npzRows);
  const poolRows = new Map(
    Array.from({ length: pool.rows }, (_, row) => {
      const inputs = rowOf(pool.tensors, row);
      return [fingerprint(inputs), inputs] as const;
    }),
  );
  await mkdir(folder, { recursive: true });
  const transcript = await openTranscript(path.join(folder, OBSERVATION_FILES.transcript), {
    registration: registration.commitment,
    target: targetOf(asking.suspect),
    clock: context.now,
  });
  const progress = stages(context);
  try {
    const budget = asking.budget ?? DEFAULT_BUDGET;
    const groups = groupQueries(log, { customers: asking.customers, pool: [...poolRows.keys()] });
    const terms = termsOf(groups, budget);
    requireSameTerms(transcript.noted(TERMS_NOTE), terms);
    const rate = asking.suspect.kind === "endpoint" ? (asking.suspect.rate ?? DEFAULT_RATE) : DEFAULT_RATE;
    const left = Math.max(0, budget - rowsSpent(transcript.found));
    const naming = { registration, referencePath: asking.reference, pool, transcript, rate };
    const named = await withClassNames(asking.suspect, naming, context);
    const opened = await openBlackBox(named, { rate, budget: left }, transcript);
    try {
      requireSameDecoding(transcript.noted(DECODING_NOTE), opened.decoding);
      await transcript.note(TERMS_NOTE, terms);
      const sealed = await observeLogged({
        registration,
        referencePath: asking.reference,
        referenceSha256,
        suspect: resumedSuspect(opened, transcript.found),
        groups,
        inputs: (query) => poolRows.get(query) ?? loggedInputs(log, query),
        calibration,
        shadows: await readRegisteredShadows(registrationFolder, registration),
        log: { head: log.head, lines: log.lines, ...log.roots },
        budget,
        transcript,
        clock: context.now,
        signal: context.signal,
        onProgress: progress.report,
      });
      for (const [name, bytes] of sealed.files) await writeDurably(path.join(folder, name), bytes);
      await writeDurably(path.join(folder, LOGGED_FILE), canonicalBytes(sealed.file));
      return sealed;
    } finally {
      await opened.close();
    }
  } finally {
    progress.done();
    await transcript.close();
  }
}

/** Note of a transcript that says which queries its numbers stand for. */
const TERMS_NOTE = "queries";

/** In which order the budget is spent: in folders of before that is not noted, and was another. */
const ORDER = "certified first, in turns";

function termsOf(
  groups: readonly QueryGroup[],
  budget: number,
): { budget: number; groups: string; order: string } {
  const plain = groups.map(({ kind, customer, queries }) => ({ kind, customer, queries: [...queries] }));
  return { budget, groups: sha256Hex(canonicalBytes(plain), nativeSha256), order: ORDER };
}

/**
 * Answers are on record by the place of their query. With another log, register or budget a place is another query's, and
 * its answer would be held against the wrong coins.
 *
 * @throws CoreError FOLDER_INVALID
 */
function requireSameTerms(noted: readonly unknown[], terms: ReturnType<typeof termsOf>): void {
  if (noted.every((body) => isDeepStrictEqual(body, terms))) return;
  throw new CoreError(
    "FOLDER_INVALID",
    "other logged queries were asked in this folder before",
    'Go on with the same log, register and budget, or move its folder "logged" away to ask anew.',
  );
}

/** The inputs of a query as logged, if they are what its name says. */
function loggedInputs(log: QueryLog, query: string): Record<string, Tensor> | null {
  const bytes = log.inputs.get(query);
  if (bytes === undefined) return null;
  const tensors = readNpz(bytes);
  return fingerprint(tensors) === query ? tensors : null;
}
