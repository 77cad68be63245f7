import type { Kysely, Selectable, Transaction } from "kysely";
import type { InvestigationTables } from "../database/investigation-tables.js";
import type { Tables } from "../database/tables.js";
import type { Investigation, Look, ProbeSet } from "../shapes/investigations.js";

export type InvestigationRow = Selectable<InvestigationTables["investigations"]>;
type LookRow = Selectable<InvestigationTables["looks"]>;

const time = (date: Date | null): string | null => date?.toISOString() ?? null;

export function toInvestigation(row: InvestigationRow, looks: readonly LookRow[]): Investigation {
  return {
    id: row.id,
    name: row.name,
    model: row.model,
    suspect: row.suspect,
    probeSet: row.probe_set,
    order: row.order,
    budget: row.budget,
    level: row.level,
    rate: row.rate,
    perDay: row.per_day,
    earlyStop: row.early_stop,
    state: row.state,
    reason: row.reason,
    resumeAt: time(row.resume_at),
    created: row.created.toISOString(),
    started: time(row.started),
    finished: time(row.finished),
    step: row.step,
    asked: row.asked,
    lost: row.lost,
    looks: looks.map(toLook),
    verdict: row.verdict,
    log10P: row.log10_p,
    evidence:
      row.evidence_sha256 === null || row.evidence_bytes === null
        ? null
        : { sha256: row.evidence_sha256, bytes: row.evidence_bytes },
  };
}

function toLook(row: LookRow): Look {
  return {
    time: row.time.toISOString(),
    probes: row.probes,
    lost: row.lost,
    T: row.t,
    log10P: row.log10_p,
    log10PIdeal: row.log10_p_ideal,
  };
}

export function toProbeSet(row: Selectable<InvestigationTables["probe_sets"]>): ProbeSet {
  return { ...row, created: row.created.toISOString() };
}

/** Looks of several investigations, each list in the order in which they were taken. */
export async function looksOf(
  tables: Kysely<Tables>,
  ids: readonly string[],
): Promise<ReadonlyMap<string, LookRow[]>> {
  const byId = new Map<string, LookRow[]>(ids.map((id) => [id, []]));
  if (ids.length === 0) return byId;
  const rows = await tables
    .selectFrom("looks")
    .selectAll()
    .where("investigation", "in", [...ids])
    .orderBy("probes")
    .execute();
  for (const row of rows) byId.get(row.investigation)?.push(row);
  return byId;
}

/** One investigation as the API shows it, or null. */
export async function readInvestigation(tables: Kysely<Tables>, id: string): Promise<Investigation | null> {
  const row = await tables.selectFrom("investigations").selectAll().where("id", "=", id).executeTakeFirst();
  if (row === undefined) return null;
  return toInvestigation(row, (await looksOf(tables, [id])).get(id) ?? []);
}

/**
 * Write down that the state of an investigation has changed, for whoever watches. The row was changed before in the same
 * transaction, whose lock makes the events of one investigation follow one another.
 */
export async function tellState(transaction: Transaction<Tables>, id: string, now: Date): Promise<void> {
  const investigation = await readInvestigation(transaction, id);
  if (investigation === null) return;
  await transaction
    .insertInto("investigation_events")
    .values({ investigation: id, kind: "state", time: now, body: JSON.stringify({ investigation }) })
    .execute();
}
