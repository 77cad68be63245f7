import type { Services } from "../services.js";
import type { SuspectHistory } from "../shapes/suspects.js";

/** Investigations that are told of: one a day, for years. */
const MOST_ITEMS = 2000;

/** What concluded investigations found out about a suspect, oldest first; of very many, the newest. */
export async function historyOf(
  { database }: Pick<Services, "database">,
  suspect: string,
): Promise<SuspectHistory> {
  const rows = await database.tables
    .selectFrom("investigations")
    .select(["id", "model", "finished", "verdict", "access", "probes", "t", "log10_p"])
    .where("suspect", "=", suspect)
    .where("state", "in", ["concluded", "awaiting-key"])
    .where("finished", "is not", null)
    .orderBy("finished", "desc")
    .limit(MOST_ITEMS)
    .execute();
  const items = rows.flatMap((row) =>
    row.finished === null
      ? []
      : [
          {
            investigation: row.id,
            model: row.model,
            finished: row.finished.toISOString(),
            verdict: row.verdict,
            access: row.access,
            probes: row.probes,
            T: row.t,
            log10P: row.log10_p,
          },
        ],
  );
  return { items: items.reverse() };
}
