import { VerifierError } from "../error.js";
import { newId } from "../new-id.js";
import type { Services } from "../services.js";
import type { Investigation, NewInvestigation, ProbeSet } from "../shapes/investigations.js";
import { readInvestigation, tellState } from "./rows.js";
import { notFound, transition } from "./transitions.js";

/** Where a description leaves it out. */
const DEFAULTS = { budget: 5000, rate: 20, order: "auto" } as const;

/**
 * Make an investigation, and start it where it is to be.
 *
 * @throws VerifierError UNPROCESSABLE, STATE_CONFLICT where the model is not registered
 */
export async function createInvestigation(
  services: Services,
  asked: NewInvestigation,
): Promise<Investigation> {
  const { database, clock } = services;
  const { tables } = database;
  const model = await tables
    .selectFrom("models")
    .select(["state", "registration"])
    .where("id", "=", asked.model)
    .executeTakeFirst();
  if (model === undefined) throw missing("model", asked.model);
  if (model.state !== "ready" || model.registration === null) {
    const hint = "Wait until it is registered.";
    throw new VerifierError("STATE_CONFLICT", "the model is not registered yet", hint);
  }
  const suspect = await tables
    .selectFrom("suspects")
    .select("id")
    .where("id", "=", asked.suspect)
    .executeTakeFirst();
  if (suspect === undefined) throw missing("suspect", asked.suspect);
  const asking = await askingOf(services, asked);
  const id = newId(clock());
  await tables.transaction().execute(async (transaction) => {
    await transaction
      .insertInto("investigations")
      .values({
        id,
        name: asked.name,
        model: asked.model,
        suspect: asked.suspect,
        probe_set: asked.probeSet ?? null,
        order: asking.order,
        budget: asking.budget,
        level: asked.level ?? model.registration?.level ?? 1e-6,
        rate: asked.rate ?? DEFAULTS.rate,
        per_day: asked.perDay ?? null,
        early_stop: asked.earlyStop ?? true,
        state: "draft",
        reason: null,
        resume_at: null,
        created: clock(),
        started: null,
        finished: null,
        step: null,
        verdict: null,
        access: null,
        t: null,
        log10_p: null,
        seal: null,
        evidence_sha256: null,
        evidence_bytes: null,
        wish: null,
      })
      .execute();
    await tellState(transaction, id, clock());
  });
  if (asked.start === true) return transition(services, id, "start");
  const made = await readInvestigation(tables, id);
  if (made === null) throw notFound();
  return made;
}

/** What is asked, from the probe set or as it was said. */
async function askingOf(
  { database }: Services,
  { probeSet, model, order, budget }: NewInvestigation,
): Promise<Pick<ProbeSet, "order" | "budget">> {
  if (probeSet === undefined) return { order: order ?? DEFAULTS.order, budget: budget ?? DEFAULTS.budget };
  if (order !== undefined || budget !== undefined) {
    const hint = "Leave order and budget out, or the probe set.";
    throw new VerifierError("UNPROCESSABLE", "a probe set says what is asked", hint);
  }
  const found = await database.tables
    .selectFrom("probe_sets")
    .select(["model", "order", "budget"])
    .where("id", "=", probeSet)
    .executeTakeFirst();
  if (found === undefined) throw missing("probe set", probeSet);
  if (found.model !== model) {
    const hint = "Take a probe set of this model.";
    throw new VerifierError("UNPROCESSABLE", "the probe set belongs to another model", hint);
  }
  return found;
}

function missing(what: string, id: string): VerifierError {
  return new VerifierError("UNPROCESSABLE", `there is no ${what} ${id}`, "Look it up in the list.");
}
