import type { ClassOrder } from "@indicia/proof/class-order";
import type { Access, ObservationFile } from "./observation-format.js";
import type { LogRoots } from "./query-log.js";
import type { QueryGroup } from "./query-groups.js";

/** One set of queries that was asked again, key-free. */
export interface AskedGroup {
  readonly kind: QueryGroup["kind"];
  readonly customer: string | null;
  /** Position among the customer's signed batches, from 1; null for a lead. */
  readonly batch: number | null;
  /** SHA-256 of each query's canonical inputs, hex, in the order of the rows of the files. */
  readonly queries: readonly string[];
  /** Queries without an answer of the suspect, or without an input in the log. */
  readonly lost: number;
  /** As a look has it. */
  readonly classOrder?: ClassOrder;
  /** int16 values of each residual, row-major [n, m]. */
  readonly residuals: readonly { readonly statistic: string; readonly file: string }[];
  /** int32 file, row-major [n, 3]: label of the reference, of the suspect (-1: none), 1 where it is doubtful. */
  readonly labels: string;
}

/** Logged queries that nobody asked again since the budget was spent, by what they would have counted as. */
export interface LeftOut {
  readonly signedBatches: number;
  readonly committedPool: number;
  readonly leads: number;
}

/** logged.json: what a suspect answered to logged queries. Its canonical bytes hash to the seal. */
export interface LoggedFile {
  readonly version: 1;
  readonly kind: "indicia logged observation";
  readonly registration: string;
  readonly reference: string;
  readonly suspect: ObservationFile["suspect"];
  readonly access: Access;
  readonly answers: { readonly decimals: number | null; readonly topK: number | null };
  /** The query log as it was read: its last line and its length, and under what its entries can be proved. */
  readonly log: { readonly head: string; readonly lines: number } & Partial<LogRoots>;
  readonly classes: number;
  /** Margin of the reference up to which a query is doubtful. */
  readonly doubtfulBelow: number;
  readonly asked: number;
  /** Queries that the budget did not reach, each counted once; absent in files of before they were counted. */
  readonly leftOut?: LeftOut;
  readonly groups: readonly AskedGroup[];
  /** SHA-256 of every other file. */
  readonly files: Readonly<Record<string, string>>;
  readonly transcript: { readonly entries: number; readonly root: string };
  readonly started: string;
  readonly finished: string;
}

/** A sealed observation of logged queries, with the groups as they were parted. */
export interface SealedLogged<File = LoggedFile> {
  readonly file: File;
  /** SHA-256 of the canonical logged.json, hex. */
  readonly seal: string;
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** One for each of `file.groups`: only what was parted as certifiable can become a witness. */
  readonly groups: readonly QueryGroup[];
}
