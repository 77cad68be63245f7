import path from "node:path";
import { SECRET_KEY_VARIABLE } from "../config/read-settings.js";
import type { OpenDatabase } from "../database/open.js";
import { VerifierError } from "../error.js";
import type { SecretBox } from "../services.js";
import { makeKey, parseKey, readKey } from "./master-key.js";
import { createSecretBox } from "./secret-box.js";

/** A setting of the database that only the right key opens. */
export const CHECK = "secret-key-check";
const KNOWN: Uint8Array = new TextEncoder().encode("indicia");

/** Where the secret key is. */
export interface KeyPlace {
  /** Hexadecimal, from the environment; goes before the file. */
  readonly variable: string | undefined;
  readonly file: string | undefined;
  /** Where one is made if none is named. */
  readonly folder: string;
}

/** The file of the secret key. */
export function keyFileOf({ file, folder }: KeyPlace): string {
  return file ?? path.join(folder, "secret.key");
}

/**
 * Open the box of secrets, under the key from the environment or a file, or under a new one where nothing was sealed yet.
 *
 * @throws VerifierError CONFIG_INVALID where the key is missing or malformed, DATA_INVALID where it is another one
 */
export async function openSecrets(database: OpenDatabase, place: KeyPlace): Promise<SecretBox> {
  const check = await database.tables
    .selectFrom("settings")
    .select("value")
    .where("name", "=", CHECK)
    .executeTakeFirst();
  const key = await findKey(place, check === undefined);
  const secrets = createSecretBox([key]);
  if (check !== undefined) await openCheck(secrets, check.value);
  else await noteKey(database, secrets);
  return secrets;
}

/** What shows, sealed, whether a key is the right one. */
export async function checkValue(secrets: SecretBox): Promise<string> {
  return Buffer.from(await secrets.seal(CHECK, KNOWN)).toString("base64");
}

/** Of two processes that start at once on a new database the first one's key counts, and the other one's has to be the same. */
async function noteKey({ tables }: OpenDatabase, secrets: SecretBox): Promise<void> {
  const value = await checkValue(secrets);
  await tables
    .insertInto("settings")
    .values({ name: CHECK, value })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const kept = await tables
    .selectFrom("settings")
    .select("value")
    .where("name", "=", CHECK)
    .executeTakeFirstOrThrow();
  await openCheck(secrets, kept.value);
}

async function openCheck(secrets: SecretBox, value: string): Promise<void> {
  await secrets.open(CHECK, new Uint8Array(Buffer.from(value, "base64")));
}

async function findKey(place: KeyPlace, mayMake: boolean): Promise<Uint8Array> {
  if (place.variable !== undefined) return parseKey(place.variable, SECRET_KEY_VARIABLE);
  const file = keyFileOf(place);
  const found = await readKey(file);
  if (found !== null) return found;
  if (mayMake) return await makeKey(file);
  throw new VerifierError(
    "CONFIG_INVALID",
    `there is no secret key at ${file}, and secrets were sealed under one`,
    `Put it back, or set secret-key-file or ${SECRET_KEY_VARIABLE}.`,
  );
}
