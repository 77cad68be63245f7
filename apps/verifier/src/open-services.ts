import { access, mkdir } from "node:fs/promises";
import path from "node:path";
import { EvidenceError } from "@indicia/evidence/error";
import { type FileLock, lockFile } from "@indicia/evidence/lock-file";
import type { Logger } from "pino";
import { openAudit } from "./audit/audit-log.js";
import { SECRET_KEY_VARIABLE } from "./config/read-settings.js";
import type { Settings } from "./config/settings.js";
import { type DataFolder, dataFolder } from "./data-folder.js";
import { type OpenDatabase, openDatabase } from "./database/open.js";
import { VerifierError } from "./error.js";
import { type KeyPlace, openSecrets } from "./secrets/open-secrets.js";
import type { Services } from "./services.js";

/** Services that are open, until `close`. */
export interface OpenServices {
  readonly services: Services;
  readonly close: () => Promise<void>;
}

/** Where the secret key of a service with these settings is. */
export function keyPlaceOf(
  settings: Settings,
  environment: Readonly<Record<string, string | undefined>>,
): KeyPlace {
  const variable = environment[SECRET_KEY_VARIABLE];
  return { variable, file: settings["secret-key-file"], folder: path.resolve(settings.data) };
}

/**
 * Open all that the service keeps.
 *
 * @throws VerifierError DATA_LOCKED where another process has the embedded database; CONFIG_INVALID, DATA_INVALID
 */
export async function openServices(
  settings: Settings,
  given: {
    readonly environment: Readonly<Record<string, string | undefined>>;
    readonly log: Logger;
    readonly clock: () => Date;
  },
): Promise<OpenServices> {
  const { log, clock } = given;
  const data = dataFolder(path.resolve(settings.data));
  const { database, release } = await openLocked(settings, data);
  try {
    const secrets = await openSecrets(database, keyPlaceOf(settings, given.environment));
    const audit = openAudit({ database, secrets, clock, log });
    return { services: { database, data, secrets, audit, clock }, close: release };
  } catch (error) {
    await release();
    throw error;
  }
}

/**
 * Hold that there is a service with these settings: what works on one that was made before must not make another where
 * its folder was misspelt.
 *
 * @throws VerifierError NOT_FOUND
 */
export async function requireMade(settings: Pick<Settings, "data" | "database-url">): Promise<void> {
  const { root, database } = dataFolder(path.resolve(settings.data));
  const place = settings["database-url"] === undefined ? database : root;
  const found = await access(place).then(
    () => true,
    () => false,
  );
  if (found) return;
  throw new VerifierError(
    "NOT_FOUND",
    `no verifier keeps anything in ${root}`,
    "Name the folder that it was started with by --data, or its --config.",
  );
}

/** The database of a service with these settings, and with nobody else in it where it is embedded. */
export async function openLocked(
  settings: Pick<Settings, "database-url">,
  data: DataFolder,
): Promise<{ readonly database: OpenDatabase; readonly release: () => Promise<void> }> {
  await mkdir(data.root, { recursive: true, mode: 0o700 });
  const url = settings["database-url"];
  const lock = url === undefined ? await lockRows(data.database) : null;
  try {
    const place =
      url === undefined
        ? ({ kind: "embedded", folder: data.database } as const)
        : ({ kind: "server", url } as const);
    const database = await openDatabase(place);
    const release = async (): Promise<void> => {
      await database.close();
      await lock?.release();
    };
    return { database, release };
  } catch (error) {
    await lock?.release();
    throw error;
  }
}

async function lockRows(folder: string): Promise<FileLock> {
  try {
    return await lockFile(folder);
  } catch (cause) {
    if (!(cause instanceof EvidenceError) || cause.code !== "CHAIN_LOCKED") throw cause;
    throw new VerifierError(
      "DATA_LOCKED",
      `another process works in ${path.dirname(folder)}`,
      "End it first, choose another --data, or let several share a PostgreSQL by --database-url.",
      { cause },
    );
  }
}
