import type { Access } from "./observation-format.js";
import type { ConclusionFile, Witness } from "./conclusion-format.js";
import type { LeftOut } from "./logged-formats.js";
import type { LoggedLead } from "./weigh-logged.js";

/** A statistic of one customer, as a trace prints it. */
export interface TraceWitness extends Omit<Witness, "payload"> {
  readonly mark: "readout" | "logged";
  /** Which queries a logged witness stands on; null for a read-out one. */
  readonly queries: string | null;
}

/** What a trace says of one customer. */
export interface TracedEntry {
  readonly customer: string;
  readonly since: string;
  readonly verdict: "match" | "inconclusive";
  /** Of the strongest witness after every correction, never below -77. */
  readonly log10P: number;
  readonly log10PIdeal: number;
  /** Ideal, with an allowance for 2^40 names of customers or registrations that were tried before one was entered. */
  readonly log10PGround: number;
  readonly witnesses: readonly TraceWitness[];
}

/** The one account that was asked about: a customer, or the gateway itself (null). */
export interface ExaminedAccount {
  readonly customer: string | null;
}

/** trace.json: whose marked answers a sealed observation shows. */
export interface TraceFile {
  readonly version: 1;
  readonly kind: "indicia trace";
  readonly registration: string;
  /** Seal of the observation. */
  readonly observation: string;
  /** Seal of what was answered to logged queries, or null where none were asked again. */
  readonly logged: string | null;
  /** The plan that the observation follows; absent where there is none. */
  readonly plan?: ConclusionFile["plan"];
  /** Of an examination for one account alone; absent where every customer was tried. */
  readonly account?: ExaminedAccount;
  readonly subKey: number;
  readonly position: number;
  /** The register: its entries, all of which are paid for, and the hash of its last line. */
  readonly register: { readonly entries: number; readonly head: string };
  /** Customers whose carriers were tried: those entered before the observation began. */
  readonly tested: number;
  readonly level: number;
  readonly access: Access;
  readonly verdict: "match" | "inconclusive";
  /** Customers whose marked answers were used, strongest first. */
  readonly named: readonly string[];
  readonly standing: "exploratory";
  readonly standingReasons: readonly string[];
  readonly claim: string;
  readonly limits: readonly string[];
  /** Every customer that was tried, strongest first. */
  readonly customers: readonly TracedEntry[];
  /** What the gateway's own carrier says where its log tells no customers apart. */
  readonly gateway: readonly TraceWitness[];
  /** Scores of queries that nobody fixed beforehand: no p-values. */
  readonly leads: readonly LoggedLead[];
  readonly controls: ConclusionFile["controls"];
  readonly queries: ConclusionFile["queries"];
  readonly lostQueries: number;
  readonly requeries: number;
  /** Logged queries that the budget did not reach; absent where none were asked again. */
  readonly requeriesLeftOut?: LeftOut;
  readonly concluded: string;
}
