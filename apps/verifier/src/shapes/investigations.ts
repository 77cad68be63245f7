import type { Step } from "./common.js";

/**
 * - `draft`: planned, nothing was asked;
 * - `queued`: waits for a worker, or for `resumeAt`;
 * - `running`;
 * - `paused`: by someone, by a limit of the suspect's, or by a challenge; goes on with `resume`;
 * - `awaiting-key`: sealed, and the key is kept out of the service: see `GET /investigations/{id}/observation`;
 * - `concluded`, `failed`, `cancelled`: the end.
 */
export type InvestigationState =
  | "draft"
  | "queued"
  | "running"
  | "paused"
  | "awaiting-key"
  | "concluded"
  | "failed"
  | "cancelled";

/** Which probes are asked, under a name, for several investigations. */
export interface ProbeSet {
  readonly id: string;
  readonly name: string;
  readonly model: string;
  readonly order: "auto" | "uncertain" | "boundary" | "shadows";
  /** Most rows that are asked. */
  readonly budget: number;
  readonly created: string;
}

export type NewProbeSet = Omit<ProbeSet, "id" | "created">;
export type ProbeSetChange = Partial<Pick<ProbeSet, "name">>;

export interface Investigation {
  readonly id: string;
  readonly name: string;
  readonly model: string;
  readonly suspect: string;
  readonly probeSet: string | null;
  readonly order: ProbeSet["order"];
  readonly budget: number;
  /** Significance level. */
  readonly level: number;
  /** Requests per second of this investigation; the suspect's own limit holds besides. */
  readonly rate: number;
  /** Most rows that are asked in a day (UTC), or null. */
  readonly perDay: number | null;
  /** Whether asking ends at the first look that reaches the level. */
  readonly earlyStop: boolean;
  readonly state: InvestigationState;
  /** Why it is paused or failed, or null. */
  readonly reason: { readonly code: string; readonly message: string; readonly hint: string } | null;
  /** When it goes on by itself, or null. */
  readonly resumeAt: string | null;
  readonly created: string;
  readonly started: string | null;
  readonly finished: string | null;
  readonly step: Step | null;
  readonly asked: number;
  readonly lost: number;
  readonly looks: readonly Look[];
  /** Null until it is concluded. */
  readonly verdict: "match" | "inconclusive" | null;
  readonly log10P: number | null;
  /** SHA-256 of the evidence, or null where there is none yet. */
  readonly evidence: { readonly sha256: string; readonly bytes: number } | null;
}

/** One point of the evidence curve. Where the key is kept out, T and p are null. */
export interface Look {
  readonly time: string;
  readonly probes: number;
  readonly lost: number;
  readonly T: number | null;
  /** Certified, after every correction. */
  readonly log10P: number | null;
  readonly log10PIdeal: number | null;
}

/** `POST /investigations`; exactly one of `probeSet` and `budget` with `order`. */
export interface NewInvestigation {
  readonly name: string;
  readonly model: string;
  readonly suspect: string;
  readonly probeSet?: string;
  readonly order?: ProbeSet["order"];
  /** Default 5000. */
  readonly budget?: number;
  /** Default: the registered one. */
  readonly level?: number;
  /** Default 20. */
  readonly rate?: number;
  readonly perDay?: number | null;
  readonly earlyStop?: boolean;
  /** Start it at once. */
  readonly start?: boolean;
}

/** `PATCH /investigations/{id}` */
export type InvestigationChange = Partial<Pick<Investigation, "name">>;

/** One line of `GET /investigations/{id}/events`, server-sent; `event` is the kind, `id` counts up. */
export type InvestigationEvent =
  | { readonly kind: "state"; readonly investigation: Investigation }
  | { readonly kind: "progress"; readonly step: Step; readonly asked: number; readonly lost: number }
  | { readonly kind: "look"; readonly look: Look };

/** One request and what came of it, from the transcript. */
export interface ExchangeRow {
  /** Number of its line in the transcript. */
  readonly line: number;
  readonly time: string;
  /** Indices of the probes that it asked; empty for metadata. */
  readonly probes: readonly number[];
  readonly status: number | null;
  /** Why it is lost, or null. */
  readonly lost: string | null;
  /** Beginning of request and answer as text, secrets taken out. */
  readonly request: string;
  readonly answer: string | null;
}

/** What an investigation found. */
export interface Findings {
  readonly investigation: string;
  readonly verdict: "match" | "inconclusive";
  readonly standing: "anchored" | "exploratory";
  readonly standingReasons: readonly string[];
  readonly log10P: number;
  readonly log10PIdeal: number;
  readonly level: number;
  readonly claim: string;
  /** In plain words, for whoever is no statistician; one paragraph each. */
  readonly meaning: readonly string[];
  readonly limits: readonly string[];
  readonly witnesses: readonly {
    readonly mark: "weights" | "readout" | "logged";
    readonly access: string;
    readonly statistic: string;
    readonly T: number;
    readonly log10P: number;
    readonly probes: number;
    readonly payload: {
      readonly text: string | null;
      readonly bitErrors: number;
      readonly bits: number;
    } | null;
    readonly corrections: readonly { readonly name: string; readonly lnFactor: number }[];
  }[];
  readonly controls: Readonly<Record<"reference" | "shadows" | "innocents" | "falseClaim", string>>;
  /** How many decoy keys gave which T: `counts[i]` from `from + i * width` on. */
  readonly decoys: {
    readonly keys: number;
    readonly mean: number;
    readonly sd: number;
    readonly max: number;
    readonly from: number;
    readonly width: number;
    readonly counts: readonly number[];
  };
  readonly queries: number;
  readonly lostQueries: number;
}

/** `GET /overview` */
export interface Overview {
  readonly models: number;
  readonly suspects: number;
  readonly investigations: Readonly<Record<InvestigationState, number>>;
  readonly newest: readonly Investigation[];
  readonly version: string;
}
