import type { ColumnType, Generated } from "kysely";
import type { Step } from "../shapes/common.js";
import type { InvestigationState, ProbeSet } from "../shapes/investigations.js";
import type { StatedError } from "../shapes/models.js";
import type { JsonColumn } from "./json-column.js";

type JsonOrNull<T> = ColumnType<T | null, string | null, string | null>;

/** Tables of investigations; see the migration of the same name. */
export interface InvestigationTables {
  readonly probe_sets: {
    id: string;
    name: string;
    model: string;
    order: ProbeSet["order"];
    budget: number;
    created: Date;
  };
  readonly investigations: {
    id: string;
    name: string;
    model: string;
    suspect: string;
    probe_set: string | null;
    order: ProbeSet["order"];
    budget: number;
    level: number;
    rate: number;
    per_day: number | null;
    early_stop: boolean;
    state: InvestigationState;
    reason: JsonOrNull<StatedError>;
    resume_at: Date | null;
    created: Date;
    started: Date | null;
    finished: Date | null;
    step: JsonOrNull<Step>;
    asked: Generated<number>;
    lost: Generated<number>;
    verdict: "match" | "inconclusive" | null;
    access: string | null;
    probes: Generated<number>;
    t: number | null;
    log10_p: number | null;
    /** Seal of the observation, hex. */
    seal: string | null;
    evidence_sha256: string | null;
    evidence_bytes: number | null;
    /** Counts up at each start; a job of an earlier run has nothing to do any more. */
    run: Generated<number>;
    /** Runs that ended by a fault of the program, since the last one that did not. */
    faults: Generated<number>;
    /** What the worker that has it is to do with it. */
    wish: "pause" | "cancel" | null;
  };
  readonly looks: {
    investigation: string;
    probes: number;
    lost: number;
    time: Date;
    t: number | null;
    log10_p: number | null;
    log10_p_ideal: number | null;
  };
  readonly investigation_events: {
    id: Generated<string>;
    investigation: string;
    kind: "state" | "progress" | "look";
    time: Date;
    body: JsonColumn<unknown>;
  };
  readonly suspect_hosts: {
    host: string;
    /** When the next request may leave, by the database's clock. */
    next: Date;
  };
  readonly asked_days: {
    investigation: string;
    /** Of UTC, such as 2026-02-28. */
    day: string;
    rows: number;
  };
}
