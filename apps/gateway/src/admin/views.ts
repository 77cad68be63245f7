/** What the admin page's API answers, as JSON. Times are RFC 3339. */

export interface KeyView {
  readonly id: string;
  readonly scopes: readonly string[];
  readonly added: string;
  readonly expires: string | null;
  readonly revoked: string | null;
  /** Whether it opens anything now. */
  readonly live: boolean;
}

/** A limit on what an account may ask, or on how much of a model it may be shown. */
export interface BudgetView {
  /** Who shares it, such as account or organisation. */
  readonly per: string;
  readonly count: "requests" | "rows" | "bits";
  /** null where it counts over all models. */
  readonly model: string | null;
  /** Length of its window, or null for ever. */
  readonly seconds: number | null;
  /** What is counted. */
  readonly most: number;
  readonly spent: number;
  readonly left: number;
}

/** How an account stands with the monitor of one model. */
export interface StandingView {
  readonly model: string;
  /** Different queries in this period. */
  readonly seen: number;
  /** 0 to 1. */
  readonly suspicion: number;
  /** In units of the threshold. */
  readonly score: number;
  /** Share of honest accounts that come as far. */
  readonly honestShare: number;
  readonly flagged: boolean;
}

export interface AccountView {
  readonly account: string;
  readonly organisation: string | null;
  readonly customer: string | null;
  readonly keys: readonly KeyView[];
  /** Of this instance, since it observes. */
  readonly requests: number;
  readonly rows: number;
  readonly refused: number;
  readonly lastSeen: string | null;
  readonly budgets: readonly BudgetView[];
  /** Largest over all models, or null where no monitor has seen it. */
  readonly suspicion: number | null;
  readonly standings: readonly StandingView[];
}

export interface AccountsView {
  /** Most suspicious first. */
  readonly accounts: readonly AccountView[];
  /** How many match, of which the first are listed. */
  readonly total: number;
  readonly since: string;
  /** Why budgets are not shown, or null. */
  readonly budgetsError: string | null;
  /** Why the file of keys is refused, so that keys of before are in force, or null. */
  readonly keysError: string | null;
}

export interface SuspicionView {
  readonly account: string;
  readonly since: string;
  readonly now: string;
  /** From each time on, until the next. */
  readonly points: readonly { readonly time: string; readonly suspicion: number }[];
}

export interface AlertView {
  readonly time: string;
  readonly account: string;
  readonly model: string;
  /** Name of the score that was too large. */
  readonly reason: string;
  /** The same in words. */
  readonly explanation: string;
  /** In units of the threshold. */
  readonly score: number;
  /** Queries of the period by then. */
  readonly seen: number;
  /** Accounts together with which it was noticed, or null. */
  readonly pool: readonly string[] | null;
}

export interface LimitHitView {
  readonly time: string;
  readonly account: string;
  readonly model: string;
  readonly per: string;
  readonly count: string;
  readonly most: number;
  readonly seconds: number | null;
  /** Seconds. */
  readonly retryAfter: number | null;
}

/** One segment of a query log as it was found. */
export interface SegmentView {
  readonly segment: number;
  readonly entries: number;
  /** Merkle root, hex. */
  readonly root: string;
  readonly closed: boolean;
  /** When its body was given up, or null. */
  readonly deleted: string | null;
}

export type LogCheckView =
  | {
      readonly outcome: "whole";
      readonly lines: number;
      readonly head: string;
      readonly segments: readonly SegmentView[];
    }
  | {
      readonly outcome: "broken";
      /** File that failed. */
      readonly file: string;
      /** null where it was the index. */
      readonly segment: number | null;
      readonly code: string;
      /** Says which line. */
      readonly message: string;
      /** Segments that were found whole before it. */
      readonly wholeBefore: number;
    }
  | { readonly outcome: "failed"; readonly message: string };

export interface LogView {
  /** Model whose answers it holds. */
  readonly name: string;
  readonly running: boolean;
  /** The latest check that ended, or null. */
  readonly latest: (LogCheckView & { readonly time: string; readonly ms: number }) | null;
}
