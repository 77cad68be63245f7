import { type Selectable, sql } from "kysely";
import type { ResourceTables } from "../database/resource-tables.js";
import type { Services } from "../services.js";

export type ModelJob = Selectable<ResourceTables["model_jobs"]>;

/** How long a job belongs to whoever took it, unless he says again that he is there. */
const LEASE_MS = 60_000;

/**
 * Take the oldest job that nobody does: one that is new, or whose holder was silent for so long that he is gone. Of several
 * that ask at once each gets another.
 */
export async function takeJob(
  { database, clock }: Pick<Services, "database" | "clock">,
  holder: string,
): Promise<ModelJob | null> {
  const now = clock();
  const oldest = sql<string>`(select id from model_jobs where lease is null or lease < ${now}
    order by id limit 1 for update skip locked)`;
  const taken = await database.tables
    .updateTable("model_jobs")
    .set(({ eb }) => ({ holder, lease: leaseFrom(now), attempts: eb("attempts", "+", 1) }))
    .where("id", "=", oldest)
    .returningAll()
    .executeTakeFirst();
  return taken ?? null;
}

/** Hold on to a job. @returns whether it still is the holder's */
export async function renewLease(
  { database, clock }: Pick<Services, "database" | "clock">,
  { id }: ModelJob,
  holder: string,
): Promise<boolean> {
  const renewed = await database.tables
    .updateTable("model_jobs")
    .set({ lease: leaseFrom(clock()) })
    .where("id", "=", id)
    .where("holder", "=", holder)
    .returning("id")
    .executeTakeFirst();
  return renewed !== undefined;
}

/** Leave a job for others, or for later, as if it had not been taken. */
export async function returnJob(
  { database }: Pick<Services, "database">,
  { id, attempts }: ModelJob,
  holder: string,
): Promise<void> {
  await database.tables
    .updateTable("model_jobs")
    .set({ holder: null, lease: null, attempts: Math.max(0, attempts - 1) })
    .where("id", "=", id)
    .where("holder", "=", holder)
    .execute();
}

function leaseFrom(now: Date): Date {
  return new Date(now.getTime() + LEASE_MS);
}
