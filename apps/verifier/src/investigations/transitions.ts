import type { Transaction } from "kysely";
import type { Tables } from "../database/tables.js";
import { VerifierError } from "../error.js";
import type { Services } from "../services.js";
import type { Investigation, InvestigationState } from "../shapes/investigations.js";
import { queueOf } from "./queue.js";
import { type InvestigationRow, readInvestigation, tellState } from "./rows.js";

/** What somebody may do to an investigation. */
export type Wish = "start" | "pause" | "resume" | "cancel";

/** States in which each is possible. */
const FROM: Readonly<Record<Wish, readonly InvestigationState[]>> = {
  start: ["draft"],
  pause: ["queued", "running", "paused"],
  resume: ["paused", "failed"],
  cancel: ["draft", "queued", "running", "paused", "awaiting-key", "failed"],
};

/**
 * Do what somebody wishes. One that is running is told by its worker, so that it goes on for a moment.
 *
 * @returns the investigation afterwards
 * @throws VerifierError NOT_FOUND, STATE_CONFLICT
 */
export async function transition(services: Services, id: string, wish: Wish): Promise<Investigation> {
  const { database, clock } = services;
  const queue = await queueOf(database);
  return database.tables.transaction().execute(async (transaction) => {
    const row = await lockInvestigation(transaction, id);
    if (!FROM[wish].includes(row.state) || isIdlePause(row, wish)) throw conflict(row.state, wish);
    const now = clock();
    const change = transaction.updateTable("investigations").where("id", "=", id);
    if (wish === "start" || wish === "resume") {
      const run = row.run + 1;
      await change
        .set({ state: "queued", run, faults: 0, reason: null, resume_at: null, wish: null, finished: null })
        .execute();
      await queue.send(transaction, { investigation: id, run });
    } else if (row.state === "running") {
      await change.set({ wish }).execute();
    } else {
      // A job that waits finds another number of the run, and does nothing.
      await change
        .set({
          state: wish === "pause" ? "paused" : "cancelled",
          run: row.run + 1,
          resume_at: null,
          wish: null,
          reason: null,
          ...(wish === "cancel" ? { finished: now } : {}),
        })
        .execute();
    }
    await tellState(transaction, id, now);
    const after = await readInvestigation(transaction, id);
    if (after === null) throw notFound();
    return after;
  });
}

/** One that is paused already, by someone, has nothing to be paused. */
function isIdlePause(row: InvestigationRow, wish: Wish): boolean {
  return wish === "pause" && row.state === "paused" && row.resume_at === null;
}

/** @throws VerifierError NOT_FOUND */
export async function lockInvestigation(
  transaction: Transaction<Tables>,
  id: string,
): Promise<InvestigationRow> {
  const row = await transaction
    .selectFrom("investigations")
    .selectAll()
    .where("id", "=", id)
    .forUpdate()
    .executeTakeFirst();
  if (row === undefined) throw notFound();
  return row;
}

export function notFound(): VerifierError {
  return new VerifierError("NOT_FOUND", "there is no such investigation", "Look it up in the list.");
}

function conflict(state: InvestigationState, wish: Wish): VerifierError {
  return new VerifierError(
    "STATE_CONFLICT",
    `an investigation that is ${state} cannot be told to ${wish}`,
    `That is possible while it is ${FROM[wish].join(", ")}.`,
  );
}
