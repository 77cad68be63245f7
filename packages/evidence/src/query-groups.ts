import type { CustomerEntry } from "./customers.js";
import { batchIsSigned } from "./query-batch.js";
import type { LoggedBatch, QueryLog } from "./query-log.js";

/** Only this module can make what carries it. */
const FIXED: unique symbol = Symbol("fixed before any answer");

/**
 * Queries that whoever sent them fixed before seeing an answer to them, and that the owner could not insert. Nothing else
 * can become a witness: an adaptive sender chooses queries by what the key did before, and then the bound on T is false.
 */
export interface CertifiableQueries {
  readonly [FIXED]: true;
  readonly kind: "signed-batch" | "committed-pool";
  readonly customer: string | null;
  /** Position among the customer's signed batches, from 1; the pool is one set, whose position is 1. */
  readonly batch: number;
  /** All of them in the order in which they were fixed, each once; those that were never sent count against the claim. */
  readonly queries: readonly string[];
}

/** Queries that anybody may have chosen for any reason: what is found there is a lead. */
export interface LeadQueries {
  readonly kind: "lead";
  readonly customer: string | null;
  readonly queries: readonly string[];
}

export type QueryGroup = CertifiableQueries | LeadQueries;

/**
 * Part the queries of a log into those that can be certified and those that cannot, customer by customer.
 *
 * A signed batch counts whole, but for queries of which the customer had seen an answer, or which he had signed,
 * before: for those the coins were thrown already. Of the committed pool all rows count, whichever were sent, since a
 * sender may have chosen among them. What is left, each query once, is a lead.
 *
 * @param given.pool queries of the registered pool, in its order
 */
export function groupQueries(
  log: QueryLog,
  given: { readonly customers: readonly CustomerEntry[]; readonly pool: readonly string[] },
): QueryGroup[] {
  const inPool = new Set(given.pool);
  const senders = [...new Set(log.answers.map(({ customer }) => customer))];
  return senders.flatMap((customer): QueryGroup[] => {
    const entry = given.customers.find(({ id }) => id === customer);
    const own = log.answers.filter((answer) => answer.customer === customer);
    const batches = signedBatches(log, entry, own);
    const signed = new Set(batches.flatMap(({ queries }) => queries));
    const sentOfPool = own.some(({ query }) => inPool.has(query));
    const pool: CertifiableQueries[] = sentOfPool
      ? [
          {
            [FIXED]: true,
            kind: "committed-pool",
            customer,
            batch: 1,
            queries: [...inPool],
          },
        ]
      : [];
    const others = [...new Set(own.map(({ query }) => query))].filter((query) => !signed.has(query));
    const leads: LeadQueries[] = others.length > 0 ? [{ kind: "lead", customer, queries: others }] : [];
    return [...batches, ...pool, ...leads];
  });
}

/** A group as a seal names it: of what kind it is, is the word of whoever sealed it. */
export interface StatedGroup {
  readonly kind: QueryGroup["kind"];
  readonly customer: string | null;
  /** Null for a lead. */
  readonly batch: number | null;
  readonly queries: readonly string[];
}

/**
 * Groups typed as sealed answers to them say that they were parted. This parts nothing and shows nothing: it is for drawing
 * figures again that are stated of such groups, never for making a witness. Whether they were parted so, the log shows.
 */
export function groupsAsStated(stated: readonly StatedGroup[]): QueryGroup[] {
  return stated.map(
    ({ kind, customer, batch, queries }): QueryGroup =>
      kind === "lead"
        ? { kind, customer, queries }
        : { [FIXED]: true, kind, customer, batch: batch ?? 1, queries },
  );
}

/**
 * What of stated groups does not follow from the log: every one has to be the beginning of a group that the log parts so.
 *
 * @returns null where all of it does
 */
export function partedOtherwise(
  stated: readonly StatedGroup[],
  parted: readonly QueryGroup[],
): string | null {
  const nameOf = (group: QueryGroup): string =>
    JSON.stringify([group.kind, group.customer, group.kind === "lead" ? null : group.batch]);
  const known = new Map(parted.map((group) => [nameOf(group), group.queries]));
  for (const group of groupsAsStated(stated)) {
    const queries = known.get(nameOf(group));
    if (queries !== undefined && group.queries.every((query, i) => query === queries[i])) continue;
    return `the log has no ${group.kind} of ${group.customer ?? "anybody"} that begins with these ${group.queries.length} queries`;
  }
  return null;
}

/**
 * The groups of a seal that says the same as a parted log does, as far as each was asked again.
 *
 * @param stated what `partedOtherwise` finds nothing against
 */
export function partsOfLog(stated: readonly StatedGroup[], parted: readonly QueryGroup[]): QueryGroup[] {
  return partedOtherwise(stated, parted) === null ? groupsAsStated(stated) : [];
}

function signedBatches(
  log: QueryLog,
  entry: CustomerEntry | undefined,
  own: readonly { readonly line: number; readonly query: string }[],
): CertifiableQueries[] {
  if (entry === undefined || entry.signer === null) return [];
  const { id, signer, since } = entry;
  const seen = new Set<string>();
  const groups: CertifiableQueries[] = [];
  for (const batch of log.batches) {
    if (batch.customer !== id || batch.time < since) continue;
    if (
      !batchIsSigned(
        { registration: log.registration, customer: id, queries: batch.queries },
        batch.signature,
        signer,
      )
    )
      continue;
    for (const { query } of answeredBefore(own, batch)) seen.add(query);
    const fresh = [...new Set(batch.queries)].filter((query) => !seen.has(query));
    for (const query of batch.queries) seen.add(query);
    if (fresh.length === 0) continue;
    groups.push({
      [FIXED]: true,
      kind: "signed-batch",
      customer: id,
      batch: groups.length + 1,
      queries: fresh,
    });
  }
  return groups;
}

function answeredBefore<T extends { readonly line: number }>(own: readonly T[], batch: LoggedBatch): T[] {
  return own.filter(({ line }) => line < batch.line);
}
