import { existsSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { inject } from "vitest";

/**
 * A folder that is made by the first test file that asks for it, and found by all others of the run. Nobody may change
 * it: copy what is to be written to.
 *
 * @param make fills the empty folder that it is given. Of two files that come at once both make, and one is kept.
 */
export async function oncePerRun(name: string, make: (folder: string) => Promise<void>): Promise<string> {
  const place = path.join(inject("runFolder"), name);
  if (existsSync(place)) return place;
  const own = mkdtempSync(`${place}-`);
  await make(own);
  try {
    renameSync(own, place);
  } catch (error) {
    if (!existsSync(place)) throw error;
    rmSync(own, { recursive: true });
  }
  return place;
}
