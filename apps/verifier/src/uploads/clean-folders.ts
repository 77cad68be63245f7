import { readdir, rm, stat } from "node:fs/promises";
import path from "node:path";
import type { Services } from "../services.js";

/**
 * Remove folders of models and suspects that have no row: what a crash left of one that was being made or deleted.
 *
 * @param oldest younger ones may be in the making, and stay
 */
export async function cleanFolders({ database, data }: Services, oldest: Date): Promise<number> {
  let removed = 0;
  for (const [table, place] of [
    ["models", data.model],
    ["suspects", data.suspect],
  ] as const) {
    const folder = path.dirname(place("any"));
    const names = await readdir(folder).catch(() => []);
    if (names.length === 0) continue;
    const rows = await database.tables.selectFrom(table).select("id").execute();
    const known = new Set(rows.map(({ id }) => id));
    for (const name of names) {
      const found = path.join(folder, name);
      if (known.has(name) || ((await stat(found).catch(() => null))?.mtime ?? oldest) >= oldest) continue;
      await rm(found, { recursive: true, force: true });
      removed += 1;
    }
  }
  return removed;
}
