import path from "node:path";
import type { Settings } from "../config/settings.js";
import { writeBackup } from "../backup/write-backup.js";
import { restoreBackup } from "../backup/restore-backup.js";
import { dataFolder } from "../data-folder.js";
import { keyPlaceOf, openLocked, requireMade } from "../open-services.js";
import { keyFileOf } from "../secrets/open-secrets.js";

type Environment = Readonly<Record<string, string | undefined>>;
type Report = Readonly<Record<string, unknown>>;

/** `backup --out FILE` */
export async function backup(settings: Settings, environment: Environment, out: string): Promise<Report> {
  await requireMade(settings);
  const data = dataFolder(path.resolve(settings.data));
  const { database, release } = await openLocked(settings, data);
  try {
    const keyFile = keyFileOf(keyPlaceOf(settings, environment));
    const source = { database, data, left: [keyFile], clock: () => new Date() };
    const { tables, entries } = await writeBackup(source, out);
    const rows = tables.reduce((sum, table) => sum + table.rows, 0);
    return {
      backup: out,
      rows,
      files: entries.length - tables.length,
      secretKey: `not in it; keep ${keyFile} apart`,
    };
  } finally {
    await release();
  }
}

/** `restore --from FILE` */
export async function restore(settings: Settings, environment: Environment, from: string): Promise<Report> {
  const root = path.resolve(settings.data);
  const { created, tables } = await restoreBackup(settings, root, from);
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  const keyFile = keyFileOf(keyPlaceOf(settings, environment));
  return { restored: root, created, rows, secretKey: `put the one of that service at ${keyFile}` };
}
