import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { openRegistration, type Registration } from "@indicia/core/registration";
import { folderOf, type Needs } from "./needs.js";

/** Names of a registration's files. */
export const REGISTRATION = "registration.json";
export const BASIS = "basis.f64";

/** When everything in the bench happens: hashes do not depend on the day. */
export const CLOCK = (): Date => new Date(Date.UTC(2026, 0, 1));

/** The owner key of a number. */
export function ownerKey(key: number): Uint8Array {
  return createHash("sha256").update(`indicia extraction bench\nowner key ${key}`).digest();
}

export async function readRegistration(needs: Needs): Promise<Registration> {
  const folder = folderOf(needs, "registration");
  return openRegistration(
    await readFile(path.join(folder, REGISTRATION)),
    await readFile(path.join(folder, BASIS)),
    null,
  );
}
