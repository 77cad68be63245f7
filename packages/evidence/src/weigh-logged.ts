import { type Correction, corrected, correction, lostProbes, sequential } from "@indicia/proof/correction";
import { classOrderCorrection } from "@indicia/proof/class-order";
import { labelMatches, type RelabelledQuery, tiltEvaluator } from "@indicia/proof/logged-detect";
import { lnRademacherTail } from "@indicia/proof/tail";
import type { TracePrice } from "@indicia/proof/trace-customers";
import { hexToBytes } from "@noble/hashes/utils.js";
import { altered } from "./error.js";
import type { AskedGroup, SealedLogged } from "./logged-formats.js";
import type { DrawnLogged } from "./logged-schema.js";
import { int16Values, int32Values } from "./numbers.js";
import type { CertifiableQueries, LeadQueries } from "./query-groups.js";

const LABEL_FIELDS = 3;

/** What a key says of queries that were fixed before they were answered. */
export interface LoggedWitness {
  readonly customer: string | null;
  readonly kind: CertifiableQueries["kind"];
  readonly batch: number;
  readonly statistic: string;
  /** T of the tilt, or the standard score of keyed labels, whose tail is exact. */
  readonly T: number;
  /** ln p of an ideal carrier, before and after corrections. */
  readonly lnIdeal: number;
  readonly lnP: number;
  readonly corrections: readonly Correction[];
  readonly queries: number;
  readonly lost: number;
}

/** What a key says of other queries: a score that is no p-value, whatever its size. */
export interface LoggedLead {
  readonly customer: string | null;
  readonly statistic: string;
  readonly z: number;
  readonly queries: number;
  readonly lost: number;
}

/** Of sealed answers what a key is opened on. */
export type WeighedLogged = Pick<SealedLogged<DrawnLogged>, "file" | "groups"> & {
  readonly files: { readonly get: (name: string) => Uint8Array | undefined };
};

/** Seed of a customer, or of the gateway where there is none. */
export type SeedOf = (customer: string | null) => Uint8Array | null;

/** Statistics that logged queries add to those tried for a customer. */
export function loggedStatistics(logged: WeighedLogged | null): number {
  if (logged === null) return 0;
  return Math.max(0, ...logged.file.groups.map(({ residuals }) => residuals.length + 1));
}

/**
 * Open the key on sealed answers to logged queries. Only groups that are typed as certifiable come back as witnesses.
 *
 * @param seedOf null for a customer who cannot be traced
 * @throws EvidenceError OBSERVATION_FILE_MISSING
 */
export function weighLogged(
  logged: WeighedLogged,
  seedOf: SeedOf,
  price: TracePrice,
): { witnesses: LoggedWitness[]; leads: LoggedLead[] } {
  const witnesses: LoggedWitness[] = [];
  const leads: LoggedLead[] = [];
  for (const [index, group] of logged.groups.entries()) {
    const asked = logged.file.groups[index];
    const seed = seedOf(group.customer);
    if (asked === undefined || seed === null) continue;
    const found = scores(logged, asked, seed);
    if (group.kind === "lead") leads.push(...found.map((score) => leadOf(group, asked, score)));
    else witnesses.push(...found.map((score) => witnessOf(group, asked, score, price)));
  }
  return { witnesses, leads };
}

interface Score {
  readonly statistic: string;
  readonly z: number;
  readonly lnIdeal: number;
}

/** Every statistic of one group under one seed. */
function scores(logged: WeighedLogged, asked: AskedGroup, seed: Uint8Array): Score[] {
  const { classes } = logged.file;
  const queries = asked.queries.map((query) => hexToBytes(query));
  const residuals = asked.residuals.map(({ file }) => int16Values(fileOf(logged, file)));
  const tilts = tiltEvaluator(queries, classes, residuals)(seed);
  const labels = int32Values(fileOf(logged, asked.labels));
  const relabelled = queries.map(
    (query, i): RelabelledQuery => ({
      query,
      reference: labels[i * LABEL_FIELDS] ?? 0,
      suspect: labels[i * LABEL_FIELDS + 1] ?? -1,
      doubtful: labels[i * LABEL_FIELDS + 2] === 1,
    }),
  );
  const { matches, differing, lnP, z } = labelMatches(seed, relabelled, classes);
  return [
    ...asked.residuals.map(({ statistic }, i) => {
      const T = tilts[i] ?? 0;
      return { statistic: `tilt, ${statistic}`, z: T, lnIdeal: lnRademacherTail(T) };
    }),
    { statistic: `keyed labels, ${matches} of ${differing}`, z, lnIdeal: lnP },
  ];
}

function witnessOf(
  { customer, kind, batch }: CertifiableQueries,
  { queries, lost, classOrder }: AskedGroup,
  { statistic, z, lnIdeal }: Score,
  price: TracePrice,
): LoggedWitness {
  const corrections = [
    correction("statistics tried", Math.max(1, price.statistics)),
    sequential("sets of the customer's queries", placeOf(kind, batch)),
    sequential("observations under this registration", price.observation),
    correction("customers in the register", Math.max(1, price.customers)),
    lostProbes(queries.length, lost),
    // How many are lost is open too, from none on: unlike looks, sets leave nothing of the level over.
    sequential("how many queries are unanswered", lost + 1),
    ...(classOrder === undefined ? [] : [classOrderCorrection(classOrder)]),
  ];
  return {
    customer,
    kind,
    batch,
    statistic,
    T: z,
    lnIdeal,
    lnP: corrected(lnIdeal, corrections),
    corrections,
    queries: queries.length,
    lost,
  };
}

/** The pool is the first of a customer's sets, his batches follow: beside one another all of them have to be paid for. */
function placeOf(kind: CertifiableQueries["kind"], batch: number): number {
  return kind === "committed-pool" ? 1 : batch + 1;
}

function leadOf(
  { customer }: LeadQueries,
  { queries, lost }: AskedGroup,
  { statistic, z }: Score,
): LoggedLead {
  return { customer, statistic, z, queries: queries.length, lost };
}

function fileOf({ files }: WeighedLogged, name: string): Uint8Array {
  const bytes = files.get(name);
  if (bytes === undefined || bytes.length % 2 !== 0)
    throw altered("OBSERVATION_FILE_MISSING", `"${name}" is missing or cut`);
  return bytes;
}
