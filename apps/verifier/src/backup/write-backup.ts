import { mkdtemp, open, readdir, rename, rm, type FileHandle } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { syncFolder } from "@indicia/evidence/durable-file";
import type { DataFolder } from "../data-folder.js";
import type { OpenDatabase } from "../database/open.js";
import { VerifierError } from "../error.js";
import { appendBytes, appendFile, endArchive, type Hashed } from "./archive-file.js";
import { FORMAT, MANIFEST, type Manifest } from "./manifest.js";
import { dumpTable, inTransaction, tablesInOrder } from "./rows.js";
import { isKept } from "./kept-files.js";

/**
 * Write all rows and files into one archive (tar): `rows/TABLE.jsonl`, `files/PATH`, and `manifest.json` with the hash of
 * each. The secret key is not in it, and what is sealed stays sealed. Of a service that runs on PostgreSQL, rows are as
 * they were at one moment, and files as they were soon after.
 *
 * @param source.left files of the data folder that do not go along, absolute
 * @throws VerifierError CONFLICT where the archive is already there
 */
export async function writeBackup(
  source: {
    readonly database: OpenDatabase;
    readonly data: DataFolder;
    readonly left: readonly string[];
    readonly clock: () => Date;
  },
  out: string,
): Promise<Manifest> {
  const beside = `${out}.part`;
  await refuseExisting(out);
  const archive = await open(beside, "wx", 0o600);
  try {
    const { tables, entries } = await rows(source.database, archive);
    entries.push(...(await files(source, [out, beside], archive)));
    const manifest: Manifest = { format: FORMAT, created: source.clock().toISOString(), tables, entries };
    const text = Buffer.from(`${JSON.stringify(manifest, null, 1)}\n`);
    await appendBytes(archive, MANIFEST, text.length, async () => text);
    await endArchive(archive);
    await archive.sync();
    await archive.close();
    await rename(beside, out);
    await syncFolder(path.dirname(path.resolve(out)));
    return manifest;
  } catch (error) {
    await archive.close().catch(() => undefined);
    await rm(beside, { force: true });
    throw error;
  }
}

async function rows(
  database: OpenDatabase,
  archive: FileHandle,
): Promise<{ readonly tables: Manifest["tables"]; readonly entries: Hashed[] }> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "indicia-backup-"));
  try {
    const tables = await inTransaction(database, async (client) => {
      const dumped = [];
      for (const table of await tablesInOrder(client))
        dumped.push({ table, rows: await dumpTable(client, table, path.join(folder, table)) });
      return dumped;
    });
    const entries = [];
    for (const { table } of tables)
      entries.push(await append(archive, `rows/${table}.jsonl`, path.join(folder, table)));
    return { tables, entries };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function files(
  { data, left }: { readonly data: DataFolder; readonly left: readonly string[] },
  own: readonly string[],
  archive: FileHandle,
): Promise<Hashed[]> {
  const out = new Set([...left, ...own].map((each) => path.resolve(each)));
  const entries = [];
  for (const entry of await readdir(data.root, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    const name = path.relative(data.root, file).split(path.sep).join("/");
    const isInside = `${file}${path.sep}`.startsWith(`${data.database}${path.sep}`);
    // Locks and what is being written begin with a dot. What somebody else put there, such as another key, is not ours.
    if (!isKept(name) || !entry.isFile() || isInside || out.has(file)) continue;
    entries.push(await append(archive, `files/${name}`, file));
  }
  return entries;
}

async function append(archive: FileHandle, name: string, file: string): Promise<Hashed> {
  const source = await open(file);
  try {
    return await appendFile(archive, name, source);
  } finally {
    await source.close();
  }
}

async function refuseExisting(out: string): Promise<void> {
  const there = await open(out).catch(() => null);
  if (there === null) return;
  await there.close();
  throw new VerifierError(
    "CONFLICT",
    `${out} is already there`,
    "Choose another name: nothing is overwritten.",
  );
}
