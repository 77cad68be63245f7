import { outliveServer } from "@indicia/service/outlive-server";
import pg from "pg";
import { RateLimiterPostgres } from "rate-limiter-flexible";
import { type LimitCounts, type Spent, type Window, windowAt } from "./counts.js";
import { rateCounts, unreachable } from "./rate-counts.js";

/** Connections of one instance: a request holds one for some milliseconds at most. */
const CONNECTIONS = 8;
/** A database that takes longer is out of order, and the client waits meanwhile. */
const TIMEOUT_MS = 5000;
/** Bytes of a fingerprint that are kept: that two queries share them never happens by chance. */
const KEPT_HEX = 32;
/** Any number that nothing else locks: instances that start together make the tables one after the other. */
const SCHEMA_LOCK = 7_142_603;
/** Rows of windows that have passed are deleted once an hour. */
const SWEEP_MS = 3_600_000;

const SCHEMA = `
  create table if not exists indicia_rates (key varchar(255) primary key, points integer not null default 0, expire bigint);
  create table if not exists indicia_shown (
    counter text not null, window_index bigint not null, query bytea not null,
    primary key (counter, window_index, query));
  create table if not exists indicia_spent (
    counter text not null, window_index bigint not null, bits double precision not null default 0, ends timestamptz,
    primary key (counter, window_index));
  create index if not exists indicia_spent_ends on indicia_spent (ends);`;

/**
 * Counts that instances share over a PostgreSQL database. The tables are made where there are none.
 *
 * @param url such as postgres://user:password@host/database
 * @throws GatewayError LIMITS_UNREACHABLE
 */
export async function postgresCounts(url: string): Promise<LimitCounts> {
  const pool = new pg.Pool({
    connectionString: url,
    max: CONNECTIONS,
    connectionTimeoutMillis: TIMEOUT_MS,
    statement_timeout: TIMEOUT_MS,
    query_timeout: TIMEOUT_MS,
    application_name: "indicia-gateway",
    allowExitOnIdle: true,
  });
  outliveServer(pool);
  try {
    await inTransaction(pool, async (client) => {
      await client.query("select pg_advisory_xact_lock($1)", [SCHEMA_LOCK]);
      await client.query(SCHEMA);
    });
  } catch (error) {
    await pool.end();
    throw error;
  }
  const sweeping = setInterval(() => void sweep(pool).catch(() => undefined), SWEEP_MS);
  sweeping.unref();
  const options = { storeClient: pool, storeType: "pool", tableName: "indicia_rates", tableCreated: true };
  return {
    rates: rateCounts((limit) => new RateLimiterPostgres({ ...limit, ...options })),
    shown: {
      charge: (windows, queries, bits, now) => charge(pool, { windows, queries, bits, now }),
      charged: (windows, now) => chargedSoFar(pool, windows, now),
    },
    async close() {
      clearInterval(sweeping);
      await pool.end();
    },
  };
}

interface Charge {
  readonly windows: readonly Window[];
  readonly queries: readonly string[];
  readonly bits: number;
  readonly now: Date;
}

/**
 * One transaction that holds the counters' rows from beginning to end, so that instances charge one after the other; in
 * the order of their names, so that no two wait for one another.
 */
async function charge(pool: pg.Pool, { windows, queries, bits, now }: Charge): Promise<Spent | null> {
  const kept = [...new Set(queries.map((query) => query.slice(0, KEPT_HEX)))].sort();
  const ordered = [...windows].sort((a, b) => (a.counter < b.counter ? -1 : 1));
  let spent: Spent | null = null;
  await inTransaction(pool, async (client) => {
    for (const window of ordered) {
      const { index, left } = windowAt(window.seconds, now);
      const cost = await chargeOne(client, { counter: window.counter, index, left, kept, bits, now });
      if (cost.total <= window.most) continue;
      spent = { window, retryAfter: cost.added > window.most ? null : left };
      return "rollback";
    }
    return "commit";
  });
  return spent;
}

/** @returns bits that this request adds, and what they come to with those before */
async function chargeOne(
  client: pg.PoolClient,
  charged: {
    readonly counter: string;
    readonly index: number;
    readonly left: number | null;
    readonly kept: readonly string[];
    readonly bits: number;
    readonly now: Date;
  },
): Promise<{ readonly added: number; readonly total: number }> {
  const { counter, index, left, kept, bits, now } = charged;
  const ends = left === null ? null : new Date(now.getTime() + left * 1000);
  await client.query(
    `insert into indicia_spent values ($1, $2, 0, $3)
       on conflict (counter, window_index) do update set bits = indicia_spent.bits`,
    [counter, index, ends],
  );
  const inserted = await client.query(
    `insert into indicia_shown select $1, $2, decode(query, 'hex') from unnest($3::text[]) as query
       on conflict do nothing`,
    [counter, index, kept],
  );
  const added = (inserted.rowCount ?? 0) * bits;
  const { rows } = await client.query<{ bits: number }>(
    "update indicia_spent set bits = bits + $3 where counter = $1 and window_index = $2 returning bits",
    [counter, index, added],
  );
  return { added, total: rows[0]?.bits ?? added };
}

async function chargedSoFar(pool: pg.Pool, windows: readonly Window[], now: Date): Promise<number[]> {
  const indexes = windows.map(({ seconds }) => windowAt(seconds, now).index);
  let found: { bits: number | null }[] = [];
  await inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ bits: number | null }>(
      `select bits from unnest($1::text[], $2::bigint[]) with ordinality as asked (counter, window_index, place)
         left join indicia_spent using (counter, window_index) order by place`,
      [windows.map(({ counter }) => counter), indexes],
    );
    found = rows;
  });
  return windows.map((_, i) => found[i]?.bits ?? 0);
}

/** @param work gives "rollback" where nothing of what it did may stay */
async function inTransaction(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<"commit" | "rollback" | void>,
): Promise<void> {
  let client: pg.PoolClient;
  try {
    client = await pool.connect();
  } catch (error) {
    throw unreachable(error);
  }
  let broken: Error | undefined;
  try {
    await client.query("begin");
    const end = await work(client);
    await client.query(end === "rollback" ? "rollback" : "commit");
  } catch (error) {
    // The connection goes with whatever it left undone.
    broken = error instanceof Error ? error : new Error("unknown");
    throw unreachable(error);
  } finally {
    client.release(broken);
  }
}

async function sweep(pool: pg.Pool): Promise<void> {
  await pool.query(
    `with gone as (delete from indicia_spent where ends < now() returning counter, window_index)
       delete from indicia_shown using gone
         where indicia_shown.counter = gone.counter and indicia_shown.window_index = gone.window_index`,
  );
}
