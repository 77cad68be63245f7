import { CompiledQuery, type Transaction } from "kysely";
import type pg from "pg";
import PgBoss from "pg-boss";
import type { OpenDatabase } from "../database/open.js";
import type { Tables } from "../database/tables.js";

/** Schema of pg-boss's own tables. */
const SCHEMA = "jobs";
const QUEUE = "investigations";
/** A worker that was killed costs a try; whoever runs for weeks may see many of them. */
const MOST_TRIES = 100_000;

/** One run of an investigation, to be done by some worker. */
export interface Job {
  readonly id: string;
  /** Which try it is; a worker whose job was given to another holds a number that is no longer right. */
  readonly turn: number;
  readonly investigation: string;
  readonly run: number;
}

/** Runs that wait, and the workers that take them. All of it lives in the database, so that any process may use it. */
export interface JobQueue {
  /** Together with what else changes in the transaction. */
  send(
    transaction: Transaction<Tables>,
    job: Pick<Job, "investigation" | "run">,
    startAfter?: Date,
  ): Promise<void>;
  /** The next one that is due, or null. It goes to another unless it is held on to. */
  fetch(): Promise<Job | null>;
  /** @returns false where another worker has it */
  holdOn(job: Job): Promise<boolean>;
  /** Together with what else changes; the caller has made sure that it is still his. @returns false where it is not */
  complete(transaction: Transaction<Tables>, job: Job): Promise<boolean>;
  /** Jobs whose workers are silent go to others. */
  expire(): Promise<void>;
  /** Remove what was done long ago. */
  clean(): Promise<void>;
}

type Executor = { executeSql(text: string, values?: unknown[]): Promise<{ rows: unknown[] }> };

const open = new WeakMap<OpenDatabase, Promise<JobQueue>>();

/**
 * The queue of a database; made when it is first asked for. It keeps no timer, and so needs no closing.
 *
 * @param leaseSeconds a job is taken from a worker that has been silent for so long; of jobs sent from now on
 */
export function queueOf(database: OpenDatabase, leaseSeconds: number = LEASE_SECONDS): Promise<JobQueue> {
  const known = open.get(database);
  if (known !== undefined) return known;
  const made = createQueue(database, leaseSeconds);
  open.set(database, made);
  made.catch(() => open.delete(database));
  return made;
}

/** A worker tells of itself several times in this time; a busy machine may make it late. */
export const LEASE_SECONDS = 15;

async function createQueue(database: OpenDatabase, leaseSeconds: number): Promise<JobQueue> {
  const { pool } = database;
  const boss = new PgBoss({
    db: { executeSql: (text, values) => execute(pool, text, values) },
    schema: SCHEMA,
    // Timers of its own would go on after the database is closed; workers call what is due.
    supervise: false,
    schedule: false,
  });
  await boss.start();
  await boss.createQueue(QUEUE, {
    name: QUEUE,
    policy: "standard",
    retryLimit: MOST_TRIES,
    retryDelay: 0,
    expireInSeconds: leaseSeconds,
    retentionMinutes: 60 * 24 * 365,
  });
  return {
    async send(transaction, { investigation, run }, startAfter) {
      await boss.send(
        QUEUE,
        { investigation, run },
        {
          db: inside(transaction),
          retryLimit: MOST_TRIES,
          expireInSeconds: leaseSeconds,
          retentionDays: 365,
          ...(startAfter === undefined ? {} : { startAfter }),
        },
      );
    },
    async fetch() {
      const [job] = await boss.fetch<Pick<Job, "investigation" | "run">>(QUEUE, {
        includeMetadata: true,
        batchSize: 1,
      });
      return job === undefined ? null : { id: job.id, turn: job.retryCount, ...job.data };
    },
    async holdOn({ id, turn }) {
      const { rowCount } = await pool.query(
        `UPDATE ${SCHEMA}.job SET started_on = now() WHERE name = $1 AND id = $2 AND state = 'active' AND retry_count = $3`,
        [QUEUE, id, turn],
      );
      return rowCount === 1;
    },
    async complete(transaction, { id, turn }) {
      const db = inside(transaction);
      // Locks the job, so that it does not change hands in between.
      const { rows } = await db.executeSql(
        `SELECT id FROM ${SCHEMA}.job WHERE name = $1 AND id = $2 AND state = 'active' AND retry_count = $3 FOR UPDATE`,
        [QUEUE, id, turn],
      );
      if (rows.length === 0) return false;
      await boss.complete(QUEUE, id, {}, { db });
      return true;
    },
    expire: () => boss.expire(),
    clean: () => boss.maintain(),
  };
}

/** Some of its statements open a transaction, which must not stay open where one after it fails. */
async function execute(pool: pg.Pool, text: string, values?: unknown[]): Promise<{ rows: unknown[] }> {
  const client = await pool.connect();
  try {
    return flat(await client.query(text, values));
  } catch (error) {
    await client.query("ROLLBACK").catch(() => undefined);
    throw error;
  } finally {
    client.release();
  }
}

/** Several statements at once give several results, of which pg-boss reads the last. */
function flat(result: { rows: unknown[] } | { rows: unknown[] }[]): { rows: unknown[] } {
  return Array.isArray(result) ? (result.at(-1) ?? { rows: [] }) : result;
}

function inside(transaction: Transaction<Tables>): Executor {
  return {
    executeSql: async (text, values = []) => ({
      rows: [...(await transaction.executeQuery(CompiledQuery.raw(text, values))).rows],
    }),
  };
}
