import { type Kysely, sql } from "kysely";
import type { Tables } from "../database/tables.js";

/**
 * Reserve times at which requests may leave for a host. All workers reserve in the same row, so that together they keep to
 * the rate; the clock is the database's.
 *
 * @param given.rate requests per second that the host is asked at most
 * @param given.requests how many in a row
 * @returns milliseconds until the first of them, and between one and the next
 */
export async function reserve(
  tables: Kysely<Tables>,
  { host, rate, requests }: { readonly host: string; readonly rate: number; readonly requests: number },
): Promise<{ waitMs: number; stepMs: number }> {
  const stepMs = 1000 / rate;
  const span = sql<Date>`make_interval(secs => ${(stepMs * requests) / 1000})`;
  const { rows } = await sql<{ wait: number }>`
    insert into suspect_hosts as hosts (host, next) values (${host}, clock_timestamp() + ${span})
    on conflict (host) do update set next = greatest(clock_timestamp(), hosts.next) + ${span}
    returning extract(epoch from next - ${span} - clock_timestamp())::float8 * 1000 as wait`.execute(tables);
  return { waitMs: Math.max(0, rows[0]?.wait ?? 0), stepMs };
}

/**
 * Count rows that are about to be asked on a day.
 *
 * @param given.day of UTC
 * @param given.limit rows of a day; one request may pass it where nothing was asked yet, or it could never be sent
 * @returns whether they may be asked; where not, nothing was counted
 */
export async function countAsked(
  tables: Kysely<Tables>,
  given: {
    readonly investigation: string;
    readonly day: string;
    readonly rows: number;
    readonly limit: number;
  },
): Promise<boolean> {
  const { investigation, day, rows, limit } = given;
  const counted = await tables
    .insertInto("asked_days")
    .values({ investigation, day, rows })
    .onConflict((conflict) =>
      conflict
        .columns(["investigation", "day"])
        .doUpdateSet({ rows: sql`asked_days.rows + ${rows}` })
        .where(sql<boolean>`asked_days.rows + ${rows} <= ${limit}`),
    )
    .returning("rows")
    .executeTakeFirst();
  return counted !== undefined;
}

/** The next midnight of UTC. */
export function nextDay(now: Date): Date {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + 1));
}
