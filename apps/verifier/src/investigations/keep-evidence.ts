import { mkdtemp, rename, rm } from "node:fs/promises";
import path from "node:path";
import { VerifierError } from "../error.js";
import type { Services } from "../services.js";
import type { Investigation } from "../shapes/investigations.js";
import { limited } from "../tasks/limited.js";
import { requireOutput } from "../tasks/require-output.js";
import { runTask } from "../tasks/run-task.js";
import { receiveFile } from "../uploads/receive-file.js";
import { CONCLUSION_FILE, DECOYS_FILE, EVIDENCE_FILE } from "./folder-names.js";
import { readInvestigation, tellState } from "./rows.js";
import { lockInvestigation, notFound } from "./transitions.js";

/** Verifying unpacks all of it, and computes every figure again. */
const VERIFY_MS = 600_000;
const verifying = limited({ atOnce: 1, waiting: 4 });
/** What `indicia conclude` writes of the longest transcript. */
const MAX_EVIDENCE_BYTES: number = 2 ** 30;
/** A client that sends nothing for so long has gone. */
const IDLE_MS = 30_000;

/**
 * Take evidence that the owner made of an observation on a machine of his own: it has to verify, and to be about the very
 * observation of this investigation.
 *
 * @throws VerifierError NOT_FOUND, STATE_CONFLICT, TOO_LARGE, UNPROCESSABLE
 */
export async function keepEvidence(
  services: Services,
  id: string,
  sent: { readonly body: ReadableStream<Uint8Array> | null; readonly declared: number | null },
): Promise<Investigation> {
  const { database, data, clock } = services;
  const { tables } = database;
  const row = await tables
    .selectFrom("investigations")
    .select(["state", "seal", "level"])
    .where("id", "=", id)
    .executeTakeFirst();
  if (row === undefined) throw notFound();
  const { seal } = row;
  if (row.state !== "awaiting-key" || seal === null) throw notWaiting(row.state);
  const folder = data.investigation(id);
  const scratch = await mkdtemp(path.join(folder, ".evidence-"));
  try {
    const file = path.join(scratch, "evidence.zip");
    await receiveFile(sent.body, file, {
      maxBytes: MAX_EVIDENCE_BYTES,
      idleMs: IDLE_MS,
      declared: sent.declared,
    });
    const input = { file, folder: scratch, seal, level: row.level };
    const taken = await verifying(async () =>
      requireOutput(await runTask("take-evidence", input, { timeoutMs: VERIFY_MS, hide: data.root })),
    );
    await tables.transaction().execute(async (transaction) => {
      const { state } = await lockInvestigation(transaction, id);
      if (state !== "awaiting-key") throw notWaiting(state);
      // Only now: what another one handed in meanwhile stays what its row says.
      for (const name of [CONCLUSION_FILE, DECOYS_FILE, EVIDENCE_FILE])
        await rename(path.join(scratch, name), path.join(folder, name));
      await transaction
        .updateTable("investigations")
        .where("id", "=", id)
        .set({
          state: "concluded",
          finished: clock(),
          verdict: taken.verdict,
          t: taken.T,
          log10_p: taken.log10P,
          evidence_sha256: taken.evidence.sha256,
          evidence_bytes: taken.evidence.bytes,
        })
        .execute();
      await tellState(transaction, id, clock());
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  const after = await readInvestigation(tables, id);
  if (after === null) throw notFound();
  return after;
}

function notWaiting(state: string): VerifierError {
  return new VerifierError(
    "STATE_CONFLICT",
    `an investigation that is ${state} waits for no evidence`,
    "Evidence is taken where the key is kept out of the service, once the observation is sealed.",
  );
}
