import { mkdir, mkdtemp, open, readFile, readdir, rename, rm, rmdir } from "node:fs/promises";
import path from "node:path";
import type { Settings } from "../config/settings.js";
import { type DataFolder, dataFolder } from "../data-folder.js";
import { type OpenDatabase, openDatabase } from "../database/open.js";
import { VerifierError } from "../error.js";
import { queueOf } from "../investigations/queue.js";
import { type Hashed, readArchive } from "./archive-file.js";
import { checkManifest, MANIFEST, type Manifest } from "./manifest.js";
import { inTransaction, loadTable, tablesInOrder } from "./rows.js";
import { isKept } from "./kept-files.js";

/**
 * Put a backup back, into a data folder that is empty or not there and a database without users: unpacked beside, held
 * against its manifest, loaded, and only then renamed. It does not matter which engine it was taken from.
 *
 * @throws VerifierError DATA_INVALID where the archive is not whole; CONFLICT where the place is not empty
 */
export async function restoreBackup(
  settings: Pick<Settings, "database-url">,
  root: string,
  archive: string,
): Promise<Manifest> {
  await refuseFull(root);
  await mkdir(path.dirname(root), { recursive: true });
  const beside = await mkdtemp(`${root}.restoring-`);
  try {
    const data = dataFolder(path.join(beside, "files"));
    await mkdir(data.root, { mode: 0o700 });
    const found = await unpack(archive, beside);
    const manifest = checkManifest(await readFile(path.join(beside, MANIFEST), "utf8"), found);
    await load(settings, { data, beside, manifest }, async () => {
      // An empty one may be there, made by whoever mounts it.
      await rmdir(root).catch(() => undefined);
      await rename(data.root, root);
    });
    return manifest;
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
}

async function unpack(archive: string, beside: string): Promise<Hashed[]> {
  const found = await readArchive(archive, async (name) => {
    if (!mayRestore(name)) throw notOurs(name);
    const file = path.join(beside, name);
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    const handle = await open(file, "wx", 0o600);
    return {
      write: (bytes) => handle.writeFile(bytes),
      end: async () => {
        await handle.sync();
        await handle.close();
      },
    };
  });
  return found.filter(({ name }) => name !== MANIFEST);
}

function mayRestore(name: string): boolean {
  if (name === MANIFEST || /^rows\/[a-z_0-9]+\.jsonl$/.test(name)) return true;
  return name.startsWith("files/") && isKept(name.slice("files/".length));
}

async function load(
  settings: Pick<Settings, "database-url">,
  from: { readonly data: DataFolder; readonly beside: string; readonly manifest: Manifest },
  place: () => Promise<void>,
): Promise<void> {
  const url = settings["database-url"];
  const { data, beside, manifest } = from;
  const database = await openDatabase(
    url === undefined ? { kind: "embedded", folder: data.database } : { kind: "server", url },
  );
  try {
    await inTransaction(database, async (client) => {
      const { rows } = await client.query("select 1 from users limit 1");
      if (rows.length > 0) throw full("the database has users already");
      const known = new Set(await tablesInOrder(client));
      for (const { table, rows: expected } of manifest.tables) {
        if (!known.has(table)) throw unknownTable(table);
        const loaded = await loadTable(client, table, path.join(beside, "rows", `${table}.jsonl`));
        if (loaded !== expected) throw unknownTable(table);
      }
      if (url !== undefined) await place();
    });
    await queueAgain(database);
  } finally {
    await database.close();
  }
  if (url === undefined) await place();
}

/** What was under way goes on: the queue itself is not in a backup. */
async function queueAgain(database: OpenDatabase): Promise<void> {
  const queue = await queueOf(database);
  await database.tables.transaction().execute(async (tables) => {
    const waiting = await tables
      .selectFrom("investigations")
      .select(["id", "run", "resume_at"])
      .where("state", "in", ["queued", "running"])
      .execute();
    for (const { id, run, resume_at } of waiting)
      await queue.send(tables, { investigation: id, run }, resume_at ?? undefined);
  });
}

async function refuseFull(root: string): Promise<void> {
  const found = await readdir(root).catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  });
  if (found.length > 0) throw full(`${root} is not empty`);
}

function full(what: string): VerifierError {
  return new VerifierError(
    "CONFLICT",
    `nothing is restored over what is there: ${what}`,
    "Name an empty --data, and a new database.",
  );
}

function notOurs(name: string): VerifierError {
  return new VerifierError(
    "DATA_INVALID",
    `no backup of ours holds ${name}`,
    "Take one that `indicia verifier backup` made.",
  );
}

function unknownTable(table: string): VerifierError {
  return new VerifierError(
    "DATA_INVALID",
    `the rows of ${table} do not fit this version`,
    "Restore it with the version that wrote it.",
  );
}
